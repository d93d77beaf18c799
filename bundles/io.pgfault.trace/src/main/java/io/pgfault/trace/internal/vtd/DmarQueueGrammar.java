// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.vtd;

import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.PciFunction;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.MessageScanner;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.CauseRules;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the log of VT-d says of its queues: page requests that the driver refused, and invalidations that failed.
 *
 * <pre>
 * DMAR: dmar3: Invalid page request: 053a100101 7f000000101e
 * DMAR: IOMMU: dmar3: Page request in Privilege Mode
 * DMAR: IOMMU: dmar2: PRQ overflow detected
 * DMAR: VT-d detected Invalidation Queue Error: Reason 4
 * DMAR: VT-d detected Invalidation Time-out Error: SID 3a18
 * DMAR: QI HEAD: Device-TLB Invalidation qw0 = 0x3a0000000003, qw1 = 0x7ffffffffffff001
 * </pre>
 */
public final class DmarQueueGrammar implements LogGrammar {
    private static final String INVALID_REQUEST = "Invalid page request:";
    private static final String WITHOUT_PASID = "Page request without PASID:";
    /** What newer kernels have before the unit's name in a reason. */
    private static final String ANNOUNCED = "IOMMU: ";

    private static final String UNEXPECTED = "Unexpected page request in Privilege Mode";
    private static final String PRIVILEGED = "Page request in Privilege Mode";
    private static final String PASID_MISSING = "Page request without PASID";

    /** What newer kernels say in a line of its own before the line with the request. */
    private static final List<String> REASONS =
            List.of(PRIVILEGED, PASID_MISSING, "Execution request not supported", "Address is not canonical");

    private static final String OVERFLOW = "PRQ overflow detected";
    private static final String QUEUE_ERROR = "VT-d detected Invalidation Queue Error:";
    private static final String TIME_OUT = "VT-d detected Invalidation Time-out Error:";
    private static final String COMPLETION_ERROR = "VT-d detected Invalidation Completion Error:";
    private static final String INVALID_DESCRIPTOR = "VT-d detected invalid descriptor:";
    private static final int DEVICE_TLB = 3;
    private static final int DEVICE_TLB_PASID = 8;
    private static final String HEAD = "QI HEAD:";
    private static final String PRIOR = "QI PRIOR:";
    private static final Pattern DESCRIPTOR_NAME = Pattern.compile("([A-Za-z -]{3,40}?) qw0 = ");

    @Override
    public List<String> needles() {
        return List.of("age requ", "PRQ over", "VT-d det", "QI HEAD:", "QI PRIOR", "Executio", "not cano");
    }

    @Override
    public int start(String text, int needle) {
        return switch (text.charAt(needle)) {
            case 'a' -> {
                int invalid = LogGrammar.startOf(text, needle - INVALID_REQUEST.indexOf("age"), INVALID_REQUEST);
                int start = invalid < 0 ? LogGrammar.startOf(text, needle - 1, WITHOUT_PASID) : invalid;
                if (start >= 0) {
                    yield start - unit(text, start).length();
                }
                for (String reason : List.of(PRIVILEGED, PASID_MISSING)) {
                    start = Math.max(start, LogGrammar.startOf(text, needle - 1, reason));
                }
                int unit = start < 0 ? 0 : announcing(text, start);
                int old = LogGrammar.startOf(text, needle - UNEXPECTED.indexOf("age requ"), UNEXPECTED);
                yield unit > 0 ? start - unit : old;
            }
            case 'E', 'n' -> {
                int start = -1;
                for (String reason : REASONS) {
                    int at = reason.indexOf(text.substring(needle, needle + NEEDLE_LENGTH));
                    start = at < 0 ? start : Math.max(start, LogGrammar.startOf(text, needle - at, reason));
                }
                int unit = start < 0 ? 0 : announcing(text, start);
                yield unit > 0 ? start - unit : -1;
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
                boolean inWord = needle > 0 && Characters.isWord(text.charAt(needle - 1));
                yield inWord ? -1 : LogGrammar.startOf(text, needle, text.charAt(needle + 3) == 'H' ? HEAD : PRIOR);
            }
        };
    }

    /** The length of the unit's name that stands before a reason, after {@code IOMMU:}; 0 if it isn't there. */
    private static int announcing(String text, int reason) {
        int length = unit(text, reason).length();
        return text.startsWith(ANNOUNCED, reason - length - ANNOUNCED.length()) ? length : 0;
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
        boolean inWord = named && at > 4 && Characters.isWord(text.charAt(at - 5));
        return named && !inWord ? text.substring(at - 4, before) : "";
    }

    @Override
    public Reading read(String text, int start) {
        MessageScanner scan = new MessageScanner(text, start);
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
            return descriptor(
                    scan.literal("qw0").literal("="), new RecordBuilder(RecordType.INVALIDATION_DESCRIPTOR), false);
        }
        if (scan.next(HEAD) || scan.next(PRIOR)) {
            return namedDescriptor(scan, scan.take(HEAD));
        }
        return ofUnit(text, start, scan);
    }

    /** Reads a message that names the unit first. */
    private static Reading ofUnit(String text, int start, MessageScanner scan) {
        String unit = "";
        if (scan.next("dmar")) {
            int end = text.indexOf(':', scan.position());
            unit = end < 0 ? "" : text.substring(scan.position(), end);
            scan.literal(unit).literal(":");
        }
        if (scan.take(OVERFLOW)) {
            return Reading.of(
                    scan,
                    new RecordBuilder(RecordType.QUEUE_OVERFLOW)
                            .device(unit)
                            .text("unit", unit)
                            .text("queue", "prq"));
        }
        if (scan.take(UNEXPECTED)) {
            return Reading.of(scan, announced(unit, PRIVILEGED));
        }
        boolean without = scan.take(WITHOUT_PASID);
        if (!without && text.startsWith(ANNOUNCED, start - ANNOUNCED.length())) {
            for (String reason : REASONS) {
                if (scan.take(reason)) {
                    return Reading.of(scan, announced(unit, reason));
                }
            }
        }
        return pageRequest(without ? scan : scan.literal(INVALID_REQUEST), unit, without);
    }

    /** The line before an invalid page request that says what is wrong with it. */
    private static RecordBuilder announced(String unit, String reason) {
        RecordBuilder record = new RecordBuilder(RecordType.INVALID_PAGE_REQUEST);
        if (!unit.isEmpty()) {
            record.text("iommu", unit).device(unit).awaits(unit);
        }
        return record.text("problem", reason);
    }

    private static Reading pageRequest(MessageScanner scan, String unit, boolean withoutPasid) {
        RecordBuilder draft = new RecordBuilder(RecordType.INVALID_PAGE_REQUEST);
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
                .text("qw0", RecordBuilder.hex(word0, 16))
                .ofLastNumber();
        page(draft, word1).text("qw1", RecordBuilder.hex(word1, 16));
        if (!unit.isEmpty() && !PageRequestDescriptor.privateDataPresent(word0)) {
            draft.raw(TraceFormat.PRQ, word0, word1, 0, 0);
        }
        if (unit.isEmpty()) {
            return Reading.of(scan, draft);
        }
        return Reading.of(scan, new ParsedField.Also(draft.awaits(unit)));
    }

    private static RecordBuilder page(RecordBuilder draft, long word1) {
        return draft.flag("read", PageRequestDescriptor.read(word1))
                .flag("write", PageRequestDescriptor.write(word1))
                .flag("last", PageRequestDescriptor.last(word1))
                .hex("prg_index", PageRequestDescriptor.prgIndex(word1))
                .hex("addr", PageRequestDescriptor.address(word1));
    }

    private static Reading namedDescriptor(MessageScanner scan, boolean head) {
        if (!head) {
            scan.literal(PRIOR);
        }
        RecordBuilder draft = new RecordBuilder(RecordType.INVALIDATION_DESCRIPTOR);
        Matcher m = scan.match(DESCRIPTOR_NAME);
        if (m != null) {
            draft.text("position", head ? "head" : "prior")
                    .text("desc", m.group(1).trim());
        }
        return descriptor(scan, draft, true);
    }

    private static Reading descriptor(MessageScanner scan, RecordBuilder draft, boolean prefixed) {
        long word0 = scan.hex();
        scan.literal(",").literal("qw1").literal("=");
        long word1 = prefixed ? scan.lastPrefixed(16) : scan.lastHex(16);
        return Reading.of(scan, scan.ok() ? device(draft.hex("qw0", word0).hex("qw1", word1), word0) : draft);
    }

    /** The device whose address cache a descriptor invalidates (VT-d 4.1 §6.5.2.5, §6.5.2.6). */
    private static RecordBuilder device(RecordBuilder record, long word0) {
        int type = (int) (word0 & 0xf);
        boolean plain = type == DEVICE_TLB && record.value("desc").equals("Device-TLB Invalidation");
        boolean ofPasid =
                type == DEVICE_TLB_PASID && record.value("desc").equals("PASID-based Device-TLB Invalidation");
        if (plain || ofPasid) {
            int rid = (int) (word0 >>> (plain ? 32 : 16)) & 0xffff;
            record.text("device", PciFunction.name(rid)).function(rid);
        }
        return record;
    }

    private static Reading invalidation(MessageScanner scan, String error, String field, int digits) {
        RecordBuilder draft = new RecordBuilder(RecordType.INVALIDATION_ERROR);
        long value = scan.lastHex(digits);
        if (scan.ok()) {
            draft.text("error", error).hex(field, value);
            if (field.equals("sid") && value != 0) {
                draft.function((int) value);
            }
        }
        return Reading.of(scan, draft);
    }

    @Override
    public List<String> notes(LogRecord record) {
        List<String> notes = new ArrayList<>();
        switch (record.text("error")) {
            case "timeout" -> notes.add("a device didn't complete an invalidation of its address cache (ATS) in time");
            case "completion" ->
                notes.add(
                        "a device completed an invalidation in a way that isn't allowed, or one that nobody asked for");
            case "queue" -> notes.add("the unit can't go on with its invalidation queue");
            default -> {
                // No error of the queue.
            }
        }
        if (record.text("sid").equals("0x0")) {
            notes.add("SID 0: the unit doesn't name the device; the lines QI HEAD and QI PRIOR do");
        }
        if (record.type().equals(RecordType.INVALIDATION_DESCRIPTOR) && record.has("device")) {
            notes.add("the queue stood at an invalidation of this device's address cache: after a time-out this is the"
                    + " device that didn't answer");
        }
        return notes;
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        return CauseRules.causes(record);
    }
}
