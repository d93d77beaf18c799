// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the log of VT-d says of its queues: page requests that the driver refused, and invalidations that failed.
 *
 * <pre>
 * DMAR: dmar3: Invalid page request: 053a100101 7f000000101e
 * DMAR: IOMMU: dmar2: PRQ overflow detected
 * DMAR: VT-d detected Invalidation Queue Error: Reason 4
 * DMAR: VT-d detected Invalidation Time-out Error: SID 3a18
 * DMAR: QI HEAD: Device-TLB Invalidation qw0 = 0x3a0000000003, qw1 = 0x7ffffffffffff001
 * </pre>
 */
final class DmarQueueGrammar implements Grammar {
    private static final String INVALID_REQUEST = "Invalid page request:";
    private static final String WITHOUT_PASID = "Page request without PASID:";
    private static final String OVERFLOW = "PRQ overflow detected";
    private static final String QUEUE_ERROR = "VT-d detected Invalidation Queue Error:";
    private static final String TIME_OUT = "VT-d detected Invalidation Time-out Error:";
    private static final String COMPLETION_ERROR = "VT-d detected Invalidation Completion Error:";
    private static final String INVALID_DESCRIPTOR = "VT-d detected invalid descriptor:";
    private static final String HEAD = "QI HEAD:";
    private static final String PRIOR = "QI PRIOR:";
    private static final Pattern DESCRIPTOR_NAME = Pattern.compile("([A-Za-z -]{3,40}?) qw0 = ");

    @Override
    public List<String> needles() {
        return List.of("age requ", "PRQ over", "VT-d det", "QI HEAD:", "QI PRIOR");
    }

    @Override
    public int start(String text, int needle) {
        return switch (text.charAt(needle)) {
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

    private static Reading pageRequest(Scan scan, String unit, boolean withoutPasid) {
        Draft draft = new Draft(RecordType.INVALID_PAGE_REQUEST);
        long word0 = scan.paddedHex(8, false);
        long word1 = scan.paddedHex(8, true);
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
