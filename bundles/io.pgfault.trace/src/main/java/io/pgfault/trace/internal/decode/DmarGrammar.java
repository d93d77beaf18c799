// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.vtd.spec.PageRequestDescriptor;
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

    private static final Pattern START = Pattern.compile("\\[DMA (?:Read|Write)\\b"
            + "|INTR-REMAP(?!.{0,12}\\Q" + REASON + "\\E)"
            + "|handling fault status re[gq]"
            + "|(?:(?<unit>\\bdmar\\d+): )?(?:Invalid page request|Page request without PASID):"
            + "|\\b(?<overflowed>dmar\\d+): PRQ overflow detected"
            + "|VT-d detected Invalidation (?:Queue|Time-out|Completion) Error:"
            + "|VT-d detected invalid descriptor:"
            + "|\\bQI (?:HEAD|PRIOR):");
    private static final Pattern FUNCTION =
            Pattern.compile("(?:0x)?([0-9a-f]{2}) ?[:.] ?(?:0x)?([01][0-9a-f])\\.([0-7])\\]");
    private static final Pattern REASON_CODE = Pattern.compile("(?:0x([0-9a-f]{2})|([0-9]{2,3}))\\]");
    private static final Pattern DESCRIPTOR_NAME = Pattern.compile("([A-Za-z -]{3,40}?) qw0 = ");
    private static final long NO_PASID = 0xffff_ffffL;
    private static final int PASID_BITS = 20;
    private static final int REASON_MAX = 0xff;

    @Override
    public int find(String text, int from) {
        Matcher m = START.matcher(text);
        return m.find(from) ? m.start() : -1;
    }

    @Override
    public Reading read(String text, int start) {
        Matcher m = START.matcher(text);
        if (!m.find(start) || m.start() != start) {
            return new Reading(Reading.State.BROKEN, new Said.Nothing(), start + 1);
        }
        Scan scan = new Scan(text, m.end());
        String found = m.group();
        if (found.startsWith("[DMA")) {
            return dmaFault(scan, found.endsWith("Read"));
        }
        if (found.startsWith("INTR")) {
            return interruptFault(scan);
        }
        if (found.startsWith("handling")) {
            Draft draft = new Draft(RecordType.FAULT_STATUS);
            long status = scan.lastHex(8);
            if (scan.ok() && status >>> Integer.SIZE != 0) {
                scan.reject();
            }
            return Reading.of(scan, scan.ok() ? draft.hex("status", status) : draft);
        }
        if (found.contains("PRQ")) {
            String unit = m.group("overflowed");
            return Reading.of(
                    scan,
                    new Draft(RecordType.QUEUE_OVERFLOW)
                            .device(unit)
                            .text("unit", unit)
                            .text("queue", "prq"));
        }
        if (found.contains("age request")) {
            return pageRequest(scan, m.group("unit"), found.contains("without"));
        }
        return invalidation(scan, found);
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
        scan.literal("[");
        scan.take("[");
        Matcher m = scan.matchLast(FUNCTION);
        if (m != null) {
            String bdf = m.group(1) + ":" + m.group(2) + "." + m.group(3);
            draft.text("bdf", bdf).device(bdf);
        }
    }

    private static void reason(Scan scan, Draft draft, boolean ofInterrupts) {
        scan.literal(REASON);
        Matcher m = scan.matchLast(REASON_CODE);
        if (m == null) {
            return;
        }
        int code = m.group(1) != null ? Integer.parseInt(m.group(1), 16) : Integer.parseInt(m.group(2));
        if (code > REASON_MAX || DmarReasons.ofInterrupts(code) != ofInterrupts) {
            scan.reject();
            return;
        }
        draft.hex("reason_code", code, 2).text("reason_name", DmarReasons.name(code));
    }

    private static Reading pageRequest(Scan scan, String unit, boolean withoutPasid) {
        Draft draft = new Draft(RecordType.INVALID_PAGE_REQUEST);
        long word0 = scan.hex();
        long word1 = scan.lastHex(16);
        if (!scan.ok()) {
            return Reading.of(scan, draft);
        }
        if (unit != null) {
            draft.text("iommu", unit);
        }
        int rid = PageRequestDescriptor.requesterId(word0);
        draft.hex("rid", rid).device("%02x:%02x.%d".formatted(rid >> 8, rid >> 3 & 0x1f, rid & 7));
        if (PageRequestDescriptor.pasidPresent(word0)) {
            draft.hex("pasid", PageRequestDescriptor.pasid(word0));
        }
        draft.flag("without_pasid", withoutPasid)
                .flag("exec", PageRequestDescriptor.executeRequested(word0))
                .flag("priv", PageRequestDescriptor.privilegedModeRequested(word0))
                .text("qw0", "0x%016x".formatted(word0));
        page(draft, word1).text("qw1", "0x%016x".formatted(word1));
        if (!PageRequestDescriptor.privateDataPresent(word0)) {
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

    private static Reading invalidation(Scan scan, String found) {
        if (found.startsWith("QI") || found.contains("descriptor")) {
            Draft draft = new Draft(RecordType.INVALIDATION_DESCRIPTOR);
            if (found.startsWith("QI")) {
                Matcher m = scan.match(DESCRIPTOR_NAME);
                if (m != null) {
                    draft.text("position", found.contains("HEAD") ? "head" : "prior")
                            .text("desc", m.group(1).trim());
                }
            } else {
                scan.literal("qw0").literal("=");
            }
            long word0 = scan.hex();
            scan.literal(",").literal("qw1").literal("=");
            long word1 = scan.lastHex(16);
            return Reading.of(scan, scan.ok() ? draft.hex("qw0", word0).hex("qw1", word1) : draft);
        }
        Draft draft = new Draft(RecordType.INVALIDATION_ERROR);
        boolean queue = found.contains("Queue");
        scan.literal(queue ? "Reason" : "SID");
        long value = scan.lastHex(queue ? 1 : 4);
        if (scan.ok()) {
            draft.text("error", queue ? "queue" : found.contains("Time-out") ? "timeout" : "completion")
                    .hex(queue ? "reason" : "sid", value);
            if (!queue) {
                draft.device("%02x:%02x.%d".formatted(value >> 8 & 0xff, value >> 3 & 0x1f, value & 7));
            }
        }
        return Reading.of(scan, draft);
    }
}
