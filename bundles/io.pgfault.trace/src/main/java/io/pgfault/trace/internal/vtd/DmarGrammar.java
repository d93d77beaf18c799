// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.vtd;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.PciFunction;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.MessageScanner;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.CauseRules;
import java.util.List;

/**
 * The faults in the log of VT-d. One has had these forms, old to new; the reason is decimal where it has no {@code 0x},
 * everything else is hexadecimal:
 *
 * <pre>
 * DMAR:[DMA Read] Request device [02:00.0] fault addr c030b000
 * DMAR:[fault reason 06] PTE Read access is not set
 * DMAR: [DMA Read] Request device [02:00.0] fault addr c030b000 [fault reason 06] PTE Read access is not set
 * DMAR: [DMA Read] Request device [02:00.0] PASID ffffffff fault addr c030b000 [fault reason 06] PTE Read ...
 * DMAR: [DMA Read NO_PASID] Request device [0x02:0x00.0] fault addr 0xc030b000 [fault reason 0x06] PTE Read ...
 * DMAR: [DMA Read PASID 0x2] Request device [02:00.0] fault addr 0xc030b000 [fault reason 0x71] SM: Present ...
 * INTR-REMAP: Request device [[02:00.0] fault index 8200
 * INTR-REMAP:[fault reason 37] Blocked a compatibility format interrupt request
 * DMAR: [INTR-REMAP] Request device [02:00.0] fault index 0x8200 [fault reason 0x25] Blocked a ...
 * </pre>
 */
public final class DmarGrammar implements LogGrammar {
    /** The start of the line with the reason, for the forms of a fault that take two lines. */
    static final String REASON = "[fault reason";

    private static final String READ = "[DMA Read";
    private static final String WRITE = "[DMA Write";
    private static final String INTERRUPT = "INTR-REMAP";
    private static final String STATUS = "handling fault status re";
    private static final int REASON_WITHIN = 12;
    private static final long NO_PASID = 0xffff_ffffL;
    private static final int PASID_BITS = 20;
    private static final int REASON_MAX = 0xff;
    private static final int DEVICE_MAX = 0x1f;

    @Override
    public List<String> needles() {
        return List.of("DMA Read", "DMA Writ", "INTR-REM", "fault st", "DRHD: ha");
    }

    @Override
    public int start(String text, int needle) {
        return switch (text.charAt(needle)) {
            case 'D' ->
                text.charAt(needle + 1) == 'R'
                        ? wrapped(text, needle + "DRHD: ".length())
                        : whole(text, needle - 1, text.charAt(needle + 4) == 'R' ? READ : WRITE);
            case 'I' -> {
                int reason = text.indexOf(REASON, needle);
                boolean second = reason >= 0 && reason - needle - INTERRUPT.length() <= REASON_WITHIN;
                yield second ? -1 : LogGrammar.startOf(text, needle, INTERRUPT);
            }
            default -> {
                int start = LogGrammar.startOf(text, needle - STATUS.indexOf("fault"), STATUS);
                int last = start + STATUS.length();
                yield start >= 0 && last < text.length() && "gq".indexOf(text.charAt(last)) >= 0 ? start : -1;
            }
        };
    }

    /**
     * Returns {@code start} if the line ends within the words that announce the fault status, else -1. The needle is
     * the beginning of these words, so that a message finds its way although its line was wrapped there.
     */
    private static int wrapped(String text, int start) {
        String rest = text.substring(start).stripTrailing();
        return rest.length() < STATUS.length() && STATUS.startsWith(rest) ? start : -1;
    }

    /** Returns {@code start} if this word stands there and ends there, else -1. */
    private static int whole(String text, int start, String word) {
        int end = start + word.length();
        boolean goesOn = end < text.length() && Characters.isWord(text.charAt(end));
        return goesOn ? -1 : LogGrammar.startOf(text, start, word);
    }

    @Override
    public Reading read(String text, int start) {
        MessageScanner scan = new MessageScanner(text, start);
        if (scan.take(READ) || scan.take(WRITE)) {
            return dmaFault(scan, scan.position() == start + READ.length());
        }
        if (scan.take(INTERRUPT)) {
            return interruptFault(scan);
        }
        return status(scan.literal(STATUS));
    }

    private static Reading status(MessageScanner scan) {
        scan.oneOf("gq");
        RecordBuilder draft = new RecordBuilder(RecordType.FAULT_STATUS);
        long status = scan.lastHex(8);
        if (scan.ok() && status >>> Integer.SIZE != 0) {
            scan.reject();
        }
        return Reading.of(scan, scan.ok() ? draft.hex("status", status) : draft);
    }

    private static Reading dmaFault(MessageScanner scan, boolean read) {
        RecordBuilder draft = new RecordBuilder(RecordType.DMA_FAULT).text("access", read ? "read" : "write");
        if (!scan.take("NO_PASID") && scan.peek() == 'P') {
            pasid(scan.literal("PASID"), draft);
        }
        scan.literal("]").literal("Request").literal("device");
        function(scan, draft);
        if (scan.peek() == 'P') {
            pasid(scan.literal("PASID"), draft);
        }
        scan.literal("fault").literal("addr");
        long address = scan.hex();
        if (scan.ok()) {
            draft.hex("addr", address);
        }
        reason(scan, draft, false);
        return Reading.of(scan, draft);
    }

    private static Reading interruptFault(MessageScanner scan) {
        RecordBuilder draft = new RecordBuilder(RecordType.INTR_REMAP_FAULT);
        if (!scan.take("]")) {
            scan.literal(":");
        }
        scan.literal("Request").literal("device");
        function(scan, draft);
        scan.literal("fault").literal("index");
        long index = scan.hex();
        if (scan.ok()) {
            draft.hex("fault_index", index);
        }
        reason(scan, draft, true);
        return Reading.of(scan, draft);
    }

    private static void pasid(MessageScanner scan, RecordBuilder draft) {
        long pasid = scan.hex();
        if (scan.ok() && pasid != NO_PASID) {
            if (pasid >>> PASID_BITS != 0) {
                scan.reject();
            } else {
                draft.hex("pasid", pasid);
            }
        }
    }

    private static void function(MessageScanner scan, RecordBuilder draft) {
        scan.literal("[").take("[");
        scan.take("0x");
        int bus = (int) scan.fixedHex(2);
        scan.oneOf(":.");
        scan.take("0x");
        int device = (int) scan.fixedHex(2);
        int function = scan.literal(".").oneOf("01234567") - '0';
        scan.literal("]");
        if (scan.ok() && device > DEVICE_MAX) {
            scan.reject();
        }
        if (scan.ok()) {
            String bdf = PciFunction.name(bus, device, function);
            draft.text("bdf", bdf).device(bdf);
        }
    }

    private static void reason(MessageScanner scan, RecordBuilder draft, boolean ofInterrupts) {
        scan.literal(REASON);
        long code;
        if (scan.take("0x")) {
            code = scan.fixedHex(2);
        } else {
            code = scan.decimal(2);
        }
        scan.literal("]");
        if (!scan.ok()) {
            return;
        }
        if (code > REASON_MAX || DmarReasons.ofInterrupts((int) code) != ofInterrupts) {
            scan.reject();
            return;
        }
        draft.hex("reason_code", code, 2).text("reason_name", DmarReasons.name((int) code));
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        return CauseRules.causes(record);
    }
}
