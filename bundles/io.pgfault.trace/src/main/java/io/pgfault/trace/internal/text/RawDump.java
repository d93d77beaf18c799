// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import io.pgfault.trace.RecordSource;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.internal.records.Outbox;
import io.pgfault.trace.internal.smmuv3.SmmuFields;
import io.pgfault.trace.internal.smmuv3.SmmuGrammar;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Reads dumps of rings. Slots that hold no record are passed over. */
public final class RawDump {
    /** What explains the records of all rings. */
    private static final LogGrammar GRAMMAR = new SmmuGrammar();

    private RawDump() {}

    /** Reads all records; {@code progress} runs now and then. Returns how many slots there were. */
    public static long read(RecordSource source, Consumer<LogRecord> sink, Runnable progress) throws UnreadableInput {
        while (source.next()) {
            RecordBuilder draft = draft(source.format(), source.record());
            if (draft != null) {
                sink.accept(Outbox.explained(draft.toRecord(source.records()), GRAMMAR));
            }
            if ((source.records() & 0xfff) == 0) {
                progress.run();
            }
        }
        return source.records();
    }

    private static RecordBuilder draft(TraceFormat format, ByteBuffer record) {
        int at = record.position();
        long word0 = record.getLong(at);
        long word1 = record.getLong(at + 8);
        return switch (format) {
            case EVTQ ->
                word0 == 0 ? null : SmmuFields.ofEvent(word0, word1, record.getLong(at + 16), record.getLong(at + 24));
            case PRIQ -> SmmuFields.ofPageRequest(word0, word1);
            default ->
                PageRequestDescriptor.type(word0) == PageRequestDescriptor.TYPE
                        ? pageRequest(word0, word1, record.getLong(at + 16), record.getLong(at + 24))
                        : null;
        };
    }

    private static RecordBuilder pageRequest(long word0, long word1, long word2, long word3) {
        int rid = PageRequestDescriptor.requesterId(word0);
        RecordBuilder draft = new RecordBuilder(RecordType.PRQ_REPORT)
                .recoverable(!PageRequestDescriptor.isStopMarker(word1))
                .hex("rid", rid)
                .function(rid);
        if (PageRequestDescriptor.pasidPresent(word0)) {
            draft.hex("pasid", PageRequestDescriptor.pasid(word0));
        }
        return draft.flag("read", PageRequestDescriptor.read(word1))
                .flag("write", PageRequestDescriptor.write(word1))
                .flag("exec", PageRequestDescriptor.executeRequested(word0))
                .flag("priv", PageRequestDescriptor.privilegedModeRequested(word0))
                .flag("last", PageRequestDescriptor.last(word1))
                .hex("prg_index", PageRequestDescriptor.prgIndex(word1))
                .hex("addr", PageRequestDescriptor.address(word1))
                .raw(TraceFormat.PRQ, word0, word1, word2, word3);
    }
}
