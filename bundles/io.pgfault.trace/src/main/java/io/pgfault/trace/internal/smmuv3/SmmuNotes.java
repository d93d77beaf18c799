// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.smmuv3;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordType;
import java.util.List;

/** What records of an SMMUv3 say in words (IHI 0070 F.b §7.3, §7.5). */
public final class SmmuNotes {
    private static final int CLASS_SHIFT = 40;
    private static final List<String> CLASSES = List.of(
            "the access was the unit's own fetch of a context descriptor (CLASS=CD)",
            "the access was the unit's own fetch of a translation table entry (CLASS=TTD)",
            "",
            "CLASS is reserved");
    private static final List<String> ERRORS = List.of(
            "a command failed (CMDQ_ERR)",
            "",
            "a write of an event was aborted (EVENTQ_ABT_ERR)",
            "a write of a page request was aborted (PRIQ_ABT_ERR)",
            "a CMDQ MSI was aborted (MSI_CMDQ_ABT_ERR)",
            "an EVTQ MSI was aborted (MSI_EVENTQ_ABT_ERR)",
            "a PRIQ MSI was aborted (MSI_PRIQ_ABT_ERR)",
            "a GERROR MSI was aborted (MSI_GERROR_ABT_ERR)",
            "the unit has entered Service Failure Mode (SFM_ERR)");

    private SmmuNotes() {}

    static List<String> of(LogRecord record) {
        if (isEmpty(record)) {
            return List.of("all words are zero: an empty record, no event; nothing was aborted");
        }
        if (record.type().equals(RecordType.SMMUV3_EVENT) && fetches(record)) {
            return List.of(CLASSES.get((int) (record.raw().orElseThrow().words().get(1) >>> CLASS_SHIFT & 3)));
        }
        if (record.type().equals(RecordType.SMMUV3_GERROR) && record.has("status")) {
            long status = record.number("status").orElse(0);
            StringBuilder words = new StringBuilder();
            for (int bit = 0; bit < ERRORS.size(); bit++) {
                if ((status >> bit & 1) != 0 && !ERRORS.get(bit).isEmpty()) {
                    words.append(words.length() == 0 ? "" : ", ").append(ERRORS.get(bit));
                }
            }
            return words.length() == 0 ? List.of() : List.of(words.toString());
        }
        return List.of();
    }

    /** Whether the words of an event are all zero: the queue had no event there. */
    public static boolean isEmpty(LogRecord record) {
        return record.type().equals(RecordType.SMMUV3_EVENT)
                && record.text("event_id").equals("0x0")
                && !record.has("sid");
    }

    /** Whether the unit itself made the access, to fetch a descriptor or a table entry: no DMA of the device. */
    public static boolean fetches(LogRecord record) {
        return record.has("access")
                && record.raw().isPresent()
                && (record.raw().get().words().get(1) >>> CLASS_SHIFT & 3) != 2;
    }

    /** What a failed command or a unit's own fetch means. */
    static List<Cause> causes(LogRecord record) {
        if (record.text("error").startsWith("CMDQ error")) {
            return List.of(
                    switch (record.text("error")) {
                        case "CMDQ error: ATC invalidate timeout" ->
                            new Cause(
                                    "a device didn't answer an invalidation of its address cache (ATS): it hangs, is in"
                                            + " reset, or is gone",
                                    List.of("error"),
                                    "look for errors, a reset or a removal of a device with ATS right before; try it"
                                            + " without ATS (pci=noats)");
                        case "CMDQ error: Illegal command" ->
                            new Cause(
                                    "the unit got a command that it doesn't know, often all zero: the queue's memory was"
                                            + " not what the driver wrote",
                                    List.of("error"),
                                    "see whether the unit is coherent as its firmware says (dma-coherent, IORT), and the"
                                            + " words of the skipped command");
                        case "CMDQ error: Abort on command fetch" ->
                            new Cause(
                                    "the unit can't read its command queue in memory",
                                    List.of("error"),
                                    "see whether the queue's address is one of memory that the unit reaches");
                        default ->
                            new Cause(
                                    "the unit refused a command for a reason that isn't known",
                                    List.of("error"),
                                    "look at the words of the skipped command");
                    });
        }
        return fetches(record) && record.text("event").equals("F_TRANSLATION")
                ? List.of(new Cause(
                        "a table of the stage below isn't mapped: the unit's own fetch failed, not a DMA",
                        List.of("event", "sid"),
                        "see whether stage 2 maps the guest's tables and context descriptors"))
                : List.of();
    }
}
