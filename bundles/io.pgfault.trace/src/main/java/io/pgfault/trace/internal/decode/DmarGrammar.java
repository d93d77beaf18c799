// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The log of VT-d. A fault has had these forms, old to new; the reason is decimal where it has no {@code 0x}, everything
 * else is hexadecimal:
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
final class DmarGrammar implements Grammar {
    /** What the line of the reason has in the forms of two lines. */
    static final String REASON = "[fault reason";

    private static final String READ = "[DMA Read";
    private static final String WRITE = "[DMA Write";
    private static final String INTERRUPT = "INTR-REMAP";
    private static final String STATUS = "handling fault status re";
    private static final String INVALID_REQUEST = "Invalid page request:";
    private static final String WITHOUT_PASID = "Page request without PASID:";
    private static final String OVERFLOW = "PRQ overflow detected";
    private static final String QUEUE_ERROR = "VT-d detected Invalidation Queue Error:";
    private static final String TIME_OUT = "VT-d detected Invalidation Time-out Error:";
    private static final String COMPLETION_ERROR = "VT-d detected Invalidation Completion Error:";
    private static final String INVALID_DESCRIPTOR = "VT-d detected invalid descriptor:";
    private static final String HEAD = "QI HEAD:";
    private static final String PRIOR = "QI PRIOR:";
    private static final int REASON_WITHIN = 12;
    private static final Pattern DESCRIPTOR_NAME = Pattern.compile("([A-Za-z -]{3,40}?) qw0 = ");
    private static final long NO_PASID = 0xffff_ffffL;
    private static final int PASID_BITS = 20;
    private static final int REASON_MAX = 0xff;
    private static final int DEVICE_MAX = 0x1f;

    @Override
    public List<String> needles() {
        return List.of(
                "[DMA Rea",
                "[DMA Wri",
                "INTR-REM",
                "fault st",
                "age requ",
                "PRQ over",
                "VT-d det",
                "QI HEAD:",
                "QI PRIOR");
    }

    @Override
    public int start(String text, int needle) {
        return switch (text.charAt(needle)) {
            case '[' -> whole(text, needle, text.charAt(needle + 5) == 'R' ? READ : WRITE);
            case 'I' -> {
                int reason = text.indexOf(REASON, needle);
                boolean second = reason >= 0 && reason - needle - INTERRUPT.length() <= REASON_WITHIN;
                yield second ? -1 : Grammar.startOf(text, needle, INTERRUPT);
            }
            case 'f' -> {
                int start = Grammar.startOf(text, needle - STATUS.indexOf("fault"), STATUS);
                int last = start + STATUS.length();
                yield start >= 0 && last < text.length() && "gq".indexOf(text.charAt(last)) >= 0 ? start : -1;
            }
            case 'a' -> {
                int invalid = Grammar.startOf(text, needle - INVALID_REQUEST.indexOf("age"), INVALID_REQUEST);
                int start = invalid < 0 ? Grammar.startOf(text, needle - 1, WITHOUT_PASID) : invalid;
                yield start < 0 ? -1 : start - unit(text, start).length();
            }
            case 'P' -> {
                int unit = unit(text, needle).length();
                yield unit > 0 && text.startsWith(OVERFLOW, needle) ? needle - unit : -1;
            }
            case 'V' -> {
                boolean error = text.startsWith(QUEUE_ERROR, needle)
                        || text.startsWith(TIME_OUT, needle)
                        || text.startsWith(COMPLETION_ERROR, needle)
                        || text.startsWith(INVALID_DESCRIPTOR, needle);
                yield error ? needle : -1;
            }
            default -> {
                boolean inWord = needle > 0 && Scan.isWord(text.charAt(needle - 1));
                yield inWord ? -1 : Grammar.startOf(text, needle, text.charAt(needle + 3) == 'H' ? HEAD : PRIOR);
            }
        };
    }

    /** {@code start} if this word stands there and doesn't go on, else -1. */
    private static int whole(String text, int start, String word) {
        int end = start + word.length();
        boolean goesOn = end < text.length() && Scan.isWord(text.charAt(end));
        return goesOn ? -1 : Grammar.startOf(text, start, word);
    }

    /** The unit's name with what follows it, {@code dmar0: }, that stands right before; empty if none does. */
    private static String unit(String text, int before) {
        int digits = before - 2;
        if (digits < 0 || !text.startsWith(": ", digits)) {
            return "";
        }
        int at = digits;
        while (at > 0 && Character.isDigit(text.charAt(at - 1))) {
            at--;
        }
        boolean named = at < digits && at >= 4 && text.startsWith("dmar", at - 4);
        boolean inWord = named && at > 4 && Scan.isWord(text.charAt(at - 5));
        return named && !inWord ? text.substring(at - 4, before) : "";
    }

    @Override
    public Reading read(String text, int start) {
        Scan scan = new Scan(text, start);
        if (scan.take(READ) || scan.take(WRITE)) {
            return dmaFault(scan, scan.position() == start + READ.length());
        }
        if (scan.take(INTERRUPT)) {
            return interruptFault(scan);
        }
        if (scan.take(STATUS)) {
            return status(scan);
        }
        if (scan.take(QUEUE_ERROR)) {
            return invalidation(scan.literal("Reason"), "queue", "reason", 1);
        }
        if (scan.take(TIME_OUT)) {
            return invalidation(scan.literal("SID"), "timeout", "sid", 4);
        }
        if (scan.take(COMPLETION_ERROR)) {
            return invalidation(scan.literal("SID"), "completion", "sid", 4);
        }
        if (scan.take(INVALID_DESCRIPTOR)) {
            return descriptor(scan.literal("qw0").literal("="), new Draft(RecordType.INVALIDATION_DESCRIPTOR), false);
        }
        if (scan.next(HEAD) || scan.next(PRIOR)) {
            return namedDescriptor(scan, scan.take(HEAD));
        }
        return ofUnit(text, scan);
    }

    /** What names the unit first. */
    private static Reading ofUnit(String text, Scan scan) {
        String unit = "";
        if (scan.next("dmar")) {
            int end = text.indexOf(':', scan.position());
            unit = end < 0 ? "" : text.substring(scan.position(), end);
            scan.literal(unit).literal(":");
        }
        if (scan.take(OVERFLOW)) {
            return Reading.of(
                    scan,
                    new Draft(RecordType.QUEUE_OVERFLOW)
                            .device(unit)
                            .text("unit", unit)
                            .text("queue", "prq"));
        }
        boolean without = scan.take(WITHOUT_PASID);
        return pageRequest(without ? scan : scan.literal(INVALID_REQUEST), unit, without);
    }

    private static Reading status(Scan scan) {
        scan.oneOf("gq");
        Draft draft = new Draft(RecordType.FAULT_STATUS);
        long status = scan.lastHex(8);
        if (scan.ok() && status >>> Integer.SIZE != 0) {
            scan.reject();
        }
        return Reading.of(scan, scan.ok() ? draft.hex("status", status) : draft);
    }

    private static Reading dmaFault(Scan scan, boolean read) {
        Draft draft = new Draft(RecordType.DMA_FAULT).text("access", read ? "read" : "write");
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

    private static Reading interruptFault(Scan scan) {
        Draft draft = new Draft(RecordType.INTR_REMAP_FAULT);
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

    private static void pasid(Scan scan, Draft draft) {
        long pasid = scan.hex();
        if (scan.ok() && pasid != NO_PASID) {
            if (pasid >>> PASID_BITS != 0) {
                scan.reject();
            } else {
                draft.hex("pasid", pasid);
            }
        }
    }

    private static void function(Scan scan, Draft draft) {
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
            String bdf = Functions.name(bus, device, function);
            draft.text("bdf", bdf).device(bdf);
        }
    }

    private static void reason(Scan scan, Draft draft, boolean ofInterrupts) {
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

    private static Reading pageRequest(Scan scan, String unit, boolean withoutPasid) {
        Draft draft = new Draft(RecordType.INVALID_PAGE_REQUEST);
        long word0 = scan.hex();
        long word1 = scan.lastHex(16);
        if (!scan.ok()) {
            return Reading.of(scan, draft);
        }
        if (unit.isEmpty()) {
            draft.incomplete();
        } else {
            draft.text("iommu", unit);
        }
        int rid = PageRequestDescriptor.requesterId(word0);
        draft.hex("rid", rid).function(rid);
        if (PageRequestDescriptor.pasidPresent(word0)) {
            draft.hex("pasid", PageRequestDescriptor.pasid(word0));
        }
        draft.flag("without_pasid", withoutPasid)
                .flag("exec", PageRequestDescriptor.executeRequested(word0))
                .flag("priv", PageRequestDescriptor.privilegedModeRequested(word0))
                .text("qw0", Draft.hex(word0, 16))
                .ofLastNumber();
        page(draft, word1).text("qw1", Draft.hex(word1, 16));
        if (!unit.isEmpty() && !PageRequestDescriptor.privateDataPresent(word0)) {
            draft.raw(TraceFormat.PRQ, word0, word1, 0, 0);
        }
        return Reading.of(scan, draft);
    }

    private static Draft page(Draft draft, long word1) {
        return draft.flag("read", PageRequestDescriptor.read(word1))
                .flag("write", PageRequestDescriptor.write(word1))
                .flag("last", PageRequestDescriptor.last(word1))
                .hex("prg_index", PageRequestDescriptor.prgIndex(word1))
                .hex("addr", PageRequestDescriptor.address(word1));
    }

    private static Reading namedDescriptor(Scan scan, boolean head) {
        if (!head) {
            scan.literal(PRIOR);
        }
        Draft draft = new Draft(RecordType.INVALIDATION_DESCRIPTOR);
        Matcher m = scan.match(DESCRIPTOR_NAME);
        if (m != null) {
            draft.text("position", head ? "head" : "prior")
                    .text("desc", m.group(1).trim());
        }
        return descriptor(scan, draft, true);
    }

    private static Reading descriptor(Scan scan, Draft draft, boolean prefixed) {
        long word0 = scan.hex();
        scan.literal(",").literal("qw1").literal("=");
        long word1 = prefixed ? scan.lastPrefixed(16) : scan.lastHex(16);
        return Reading.of(scan, scan.ok() ? draft.hex("qw0", word0).hex("qw1", word1) : draft);
    }

    private static Reading invalidation(Scan scan, String error, String field, int digits) {
        Draft draft = new Draft(RecordType.INVALIDATION_ERROR);
        long value = scan.lastHex(digits);
        if (scan.ok()) {
            draft.text("error", error).hex(field, value);
            if (field.equals("sid")) {
                draft.function((int) value);
            }
        }
        return Reading.of(scan, draft);
    }
}
