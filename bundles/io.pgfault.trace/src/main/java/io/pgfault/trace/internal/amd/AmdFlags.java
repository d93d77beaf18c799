// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.amd;

import io.pgfault.trace.decode.LogRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The flags of AMD's events in words (AMD I/O Virtualization 3.08 §2.5). Bit 0 of the flags is bit 48 of the event. */
final class AmdFlags {
    private static final int GN = 1;
    private static final int NX = 1 << 1;
    private static final int US = 1 << 2;
    private static final int INTERRUPT = 1 << 3;
    private static final int PRESENT = 1 << 4;
    private static final int WRITE = 1 << 5;
    private static final int PERMISSION = 1 << 6;
    private static final int RESERVED = 1 << 7;
    private static final int TRANSLATION = 1 << 8;
    private static final int REQUEST_SHIFT = 9;
    private static final String[] REQUESTS = {
        "read or non-posted write",
        "pre-translated transaction",
        "port I/O space transaction",
        "configuration space transaction",
        "interrupt or EOI range, and the device's entry doesn't allow pass-through",
        "posted write to the interrupt or EOI range, and the device's entry blocks interrupts (IntCtl=00b)",
        "system management range",
        "translation request to the HyperTransport range"
    };

    private static final Set<String> OF_COMMANDS =
            Set.of("IOTLB_INV_TIMEOUT", "ILLEGAL_COMMAND_ERROR", "COMMAND_HARDWARE_ERROR");

    /** What a failed access of the unit itself got, bits 10:9. */
    private static final String[] TYPES = {
        "", "master abort: nothing answers there", "target abort: the target refused", "data error: poisoned or corrupt"
    };

    private AmdFlags() {}

    /** The flags of a record in words; empty if the record has none. */
    static List<String> notes(LogRecord record) {
        if (OF_COMMANDS.contains(record.text("event"))) {
            return record.has("address")
                    ? List.of("the address is the command's in the command buffer, not a DMA's")
                    : List.of();
        }
        if (record.number("flags").isEmpty()) {
            return List.of();
        }
        int flags = (int) record.number("flags").getAsLong();
        List<String> words = new ArrayList<>();
        if (record.text("event").equals("INVALID_DEVICE_REQUEST")) {
            words.add(REQUESTS[flags >> REQUEST_SHIFT & 7]);
        } else {
            if ((flags & INTERRUPT) != 0) {
                words.add("interrupt request (I)");
            } else {
                words.add((flags & WRITE) != 0 ? "write (RW)" : "read");
                if (record.text("event").equals("IO_PAGE_FAULT")) {
                    words.add((flags & PRESENT) != 0 ? "the page is present (PR)" : "no page is present");
                }
            }
            add(words, flags, PERMISSION, "the page doesn't grant the access (PE)");
            add(words, flags, RESERVED, "a reserved bit or an illegal encoding in a table entry (RZ)");
        }
        if (record.text("event").endsWith("_TAB_HARDWARE_ERROR") && !TYPES[flags >> REQUEST_SHIFT & 3].isEmpty()) {
            words.add(TYPES[flags >> REQUEST_SHIFT & 3]);
        }
        add(words, flags, TRANSLATION, "the device asked for a translation (ATS request, TR)");
        add(words, flags, GN, "guest address (GN)");
        add(words, flags, NX, "no execute (NX)");
        add(words, flags, US, "user access (US)");
        return List.of("flags " + record.text("flags") + ": " + String.join(", ", words));
    }

    private static void add(List<String> words, int flags, int bit, String word) {
        if ((flags & bit) != 0) {
            words.add(word);
        }
    }
}
