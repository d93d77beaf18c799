// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.smmuv3;

import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import java.util.Set;

/** What the words of SMMUv3 records say (IHI 0070 F.b §7.3, §8.1). Which fields an event has depends on the event. */
public final class SmmuFields {
    private static final Set<EventId> WITH_ACCESS = Set.of(
            EventId.F_WALK_EABT,
            EventId.F_TRANSLATION,
            EventId.F_ADDR_SIZE,
            EventId.F_ACCESS,
            EventId.F_PERMISSION,
            EventId.F_TLB_CONFLICT);
    private static final Set<EventId> WITH_ADDRESS =
            Set.of(EventId.F_UUT, EventId.F_BAD_ATS_TREQ, EventId.F_TRANSL_FORBIDDEN, EventId.E_PAGE_REQUEST);
    private static final Set<EventId> WITH_FETCH =
            Set.of(EventId.F_STE_FETCH, EventId.F_CD_FETCH, EventId.F_VMS_FETCH, EventId.F_WALK_EABT);
    private static final long FETCH_ADDRESS = 0x000f_ffff_ffff_fff8L;

    private static final int RECORD_WORDS = 4;

    private SmmuFields() {}

    /** The fields that the first words of an event say; at least one word. */
    public static RecordBuilder ofWords(long... words) {
        EventId id = EventId.of(EventRecord.eventId(words[0]));
        if (words.length == RECORD_WORDS && (words[0] | words[1] | words[2] | words[3]) == 0) {
            return new RecordBuilder(RecordType.SMMUV3_EVENT)
                    .text("event", id.name())
                    .hex("event_id", id.value());
        }
        int sid = EventRecord.streamId(words[0]);
        RecordBuilder draft = new RecordBuilder(RecordType.SMMUV3_EVENT)
                .text("event", id.name())
                .hex("event_id", id.value())
                .hex("sid", Integer.toUnsignedLong(sid))
                .device("stream " + RecordBuilder.hex(Integer.toUnsignedLong(sid), 1));
        if (EventRecord.ssv(words[0])) {
            draft.hex("ssid", EventRecord.substreamId(words[0]));
        }
        if (words.length > 1 && WITH_ACCESS.contains(id)) {
            long word1 = words[1];
            if (id.stallable()) {
                draft.flag("stall", EventRecord.stall(word1)).hex("stag", EventRecord.stag(word1));
                draft.recoverable(EventRecord.stall(word1));
            }
            draft.text("access", EventRecord.read(word1) ? "read" : "write")
                    .text("privilege", EventRecord.privileged(word1) ? "priv" : "unpriv")
                    .number("stage", EventRecord.stage2(word1) ? 2 : 1);
            if (EventRecord.instruction(word1)) {
                draft.flag("instruction", true);
            }
        }
        if (words.length > 2 && (WITH_ACCESS.contains(id) || WITH_ADDRESS.contains(id))) {
            draft.hex("input_addr", words[2]);
        }
        if (words.length > 3 && WITH_ACCESS.contains(id) && EventRecord.stage2(words[1])) {
            draft.hex("ipa", EventRecord.ipa(words[3]));
        } else if (words.length > 3 && WITH_FETCH.contains(id)) {
            draft.hex("fetch_addr", words[3] & FETCH_ADDRESS);
        }
        return draft;
    }

    /** A whole event record. */
    public static RecordBuilder ofEvent(long... words) {
        return ofWords(words).raw(TraceFormat.EVTQ, words);
    }

    /** A whole record of the PRI queue. */
    public static RecordBuilder ofPageRequest(long word0, long word1) {
        RecordBuilder draft = new RecordBuilder(RecordType.SMMUV3_PRI)
                .recoverable(!PriRecord.stopMarker(word0))
                .hex("sid", Integer.toUnsignedLong(PriRecord.streamId(word0)))
                .device("stream " + RecordBuilder.hex(Integer.toUnsignedLong(PriRecord.streamId(word0)), 1));
        if (PriRecord.ssv(word0)) {
            draft.hex("ssid", PriRecord.substreamId(word0));
        }
        return draft.hex("prg_index", PriRecord.prgIndex(word1))
                .flag("last", PriRecord.last(word0))
                .text("privilege", PriRecord.privileged(word0) ? "priv" : "unpriv")
                .flag("read", PriRecord.read(word0))
                .flag("write", PriRecord.write(word0))
                .flag("exec", PriRecord.execute(word0))
                .hex("input_addr", PriRecord.pageAddress(word1))
                .raw(TraceFormat.PRIQ, word0, word1);
    }
}
