// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.smmuv3;

import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.EventPart;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.MessageScanner;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.CauseRules;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The log of SMMUv3. An event takes five lines, and two more where the driver puts it into words itself:
 *
 * <pre>
 * arm-smmu-v3 arm-smmu-v3.2.auto: event 0x10 received:
 * arm-smmu-v3 arm-smmu-v3.2.auto: 	0x0000350100000010
 * arm-smmu-v3 arm-smmu-v3.2.auto: 	0x000002088000003f
 * arm-smmu-v3 arm-smmu-v3.2.auto: 	0x00000000a50e0800
 * arm-smmu-v3 arm-smmu-v3.2.auto: 	0x0000000000000000
 * arm-smmu-v3 arm-smmu-v3.2.auto: event: F_TRANSLATION client: 0000:35:01.0 sid: 0x3501 ssid: 0x0 iova: 0xa50e0800 ipa:
 * 0x0 arm-smmu-v3 arm-smmu-v3.2.auto: unpriv data read s1 "Input address caused fault" stall stag: 0x3f
 * </pre>
 */
public final class SmmuGrammar implements LogGrammar {
    private static final String DRIVER = "arm-smmu-v3 ";
    private static final String DRIVER_ALONE = "arm-smmu-v3:";
    private static final String XEN = "SMMUv3: /";
    private static final String UNASSIGNED = "(unassigned sid)";
    private static final int MAX_UNIT = 64;
    private static final Pattern GLOBAL = Pattern.compile("unexpected global error reported \\(0x([0-9a-f]{8})\\)");
    private static final Pattern ERROR = Pattern.compile("device has entered (Service Failure Mode)!"
            + "|((?:GERROR|PRIQ|EVTQ|CMDQ)(?: MSI)? write aborted)\\b"
            + "|CMDQ error \\(cons (0x[0-9a-f]{8})\\): "
            + "(No error|Illegal command|Abort on command fetch|ATC invalidate timeout|Unknown)");
    private static final Pattern OVERFLOW = Pattern.compile("(EVTQ|PRIQ) overflow detected\\b");
    private static final Map<String, EventId> NAMES =
            EventId.named().collect(Collectors.toUnmodifiableMap(EventId::name, Function.identity()));

    @Override
    public List<String> needles() {
        return List.of("arm-smmu", "event 0x", "SMMUv3: ");
    }

    @Override
    public int start(String text, int needle) {
        if (text.charAt(needle) == 'S') {
            return LogGrammar.startOf(text, needle, XEN);
        }
        if (text.charAt(needle) == 'a') {
            if (text.startsWith(DRIVER_ALONE, needle)) {
                return needle;
            }
            int end = needle + DRIVER.length();
            boolean goesOn = end < text.length() && !Characters.isSpace(text.charAt(end));
            return goesOn ? LogGrammar.startOf(text, needle, DRIVER) : -1;
        }
        int digits = needle + "event 0x".length();
        boolean header = text.startsWith(" received:", digits + 2)
                && Characters.hexDigit(text.charAt(digits)) >= 0
                && Characters.hexDigit(text.charAt(digits + 1)) >= 0;
        return header && bare(text, needle) ? needle : -1;
    }

    /** Whether no name of a program or unit stands before the header. */
    private static boolean bare(String text, int start) {
        if (start == 0) {
            return true;
        }
        char before = text.charAt(start - 1);
        char named = start > 1 && before == ' ' ? text.charAt(start - 2) : 0;
        return !Characters.isWord(before) && named != ':' && !Characters.isWord(named);
    }

    @Override
    public Reading read(String text, int start) {
        MessageScanner scan = new MessageScanner(text, start);
        if (scan.take(DRIVER_ALONE)) {
            return message(scan, "");
        }
        if (scan.next(XEN)) {
            scan.literal("SMMUv3:");
        } else if (!scan.take(DRIVER)) {
            return message(scan, "");
        }
        String unit = scan.untilSpace();
        if (!scan.ok() && scan.exhausted() && text.endsWith(":")) {
            return new Reading(Reading.State.NEEDS_MORE, new ParsedField.Nothing(), text.length());
        }
        if (!scan.ok() || !unit.endsWith(":") || unit.length() == 1 || unit.length() > MAX_UNIT + 1) {
            return new Reading(Reading.State.BROKEN, new ParsedField.Nothing(), text.length());
        }
        if (scan.atEnd()) {
            return new Reading(Reading.State.NEEDS_MORE, new ParsedField.Nothing(), text.length());
        }
        return message(scan, unit.substring(0, unit.length() - 1));
    }

    private static Reading message(MessageScanner scan, String unit) {
        int at = scan.position();
        return switch (scan.peek()) {
            case 'e' -> scan.next("event:") ? named(scan, unit) : header(scan, unit);
            case '0' -> word(scan, unit);
            case 'u' -> scan.next("unexpected g") ? globalError(scan, unit) : access(scan, unit);
            case 'p' -> access(scan, unit);
            case 's' -> request(scan);
            case 'd', 'G', 'P', 'E', 'C' -> error(scan, unit);
            default -> new Reading(Reading.State.BROKEN, new ParsedField.Nothing(), at + 1);
        };
    }

    private static Reading header(MessageScanner scan, String unit) {
        int id = (int) scan.literal("event").literal("0x").fixedHex(2);
        scan.literal("received:");
        return Reading.of(scan, scan.ok() ? new EventPart.Header(unit, id) : new ParsedField.Nothing());
    }

    private static Reading word(MessageScanner scan, String unit) {
        long word = halves(scan);
        scan.take("]");
        return scan.ok() && scan.atEnd()
                ? Reading.of(scan, new EventPart.Word(unit, word))
                : new Reading(Reading.State.BROKEN, new EventPart.CutWord(unit), scan.position() + 1);
    }

    /** A word, which some loggers print as two halves of eight digits. */
    private static long halves(MessageScanner scan) {
        scan.literal("0x");
        MessageScanner whole = scan.copy();
        whole.fixedHex(16);
        if (whole.ok()) {
            return scan.fixedHex(16);
        }
        long upper = scan.fixedHex(8);
        if (scan.peek() == '_') {
            scan.literal("_");
        }
        scan.take("0x");
        return upper << 32 | scan.fixedHex(8);
    }

    private static Reading named(MessageScanner scan, String unit) {
        RecordBuilder draft = new RecordBuilder(RecordType.SMMUV3_EVENT);
        String event = scan.literal("event:").word();
        EventId id = NAMES.get(event);
        scan.literal("client:");
        boolean unassigned = scan.take(UNASSIGNED);
        String client = unassigned ? "" : scan.untilSpace();
        scan.literal("sid:");
        if (!scan.ok() || (id == null && !event.equals("UNKNOWN"))) {
            if (scan.ok()) {
                scan.reject();
            }
            return Reading.of(scan, new ParsedField.Nothing());
        }
        draft.text("event", event);
        if (!unassigned) {
            draft.device(client);
        }
        long sid = scan.hex();
        scan.literal("ssid:");
        if (scan.ok()) {
            draft.hex("sid", sid);
            if (unassigned) {
                draft.device("stream " + RecordBuilder.hex(sid, 1));
            }
        }
        if (id != null && id.stallable()) {
            ssid(scan, draft, scan.hex());
            scan.literal("iova:");
            long iova = scan.hex();
            scan.literal("ipa:");
            if (scan.ok()) {
                draft.hex("input_addr", iova);
            }
            scan.lastPrefixed(1);
        } else if (event.endsWith("_FETCH")) {
            ssid(scan, draft, scan.hex());
            scan.literal("fetch_addr:");
            long address = scan.lastPrefixed(1);
            if (scan.ok()) {
                draft.hex("fetch_addr", address);
            }
        } else {
            ssid(scan, draft, scan.lastPrefixed(5));
        }
        Reading reading = Reading.of(scan, new ParsedField.Nothing());
        return new Reading(reading.state(), new EventPart.Named(unit, draft, scan.ok()), scan.position());
    }

    private static void ssid(MessageScanner scan, RecordBuilder draft, long ssid) {
        if (scan.ok()) {
            draft.hex("ssid", ssid);
        }
    }

    private static Reading access(MessageScanner scan, String unit) {
        boolean privileged = !scan.take("unpriv");
        if (privileged) {
            scan.literal("priv");
        }
        boolean instruction = scan.take("inst");
        if (!instruction) {
            scan.literal("data");
        }
        boolean read = scan.take("read");
        if (!read) {
            scan.literal("write");
        }
        int stage = scan.literal("s").oneOf("12") - '0';
        scan.quoted();
        if (!scan.take("ttd_read")) {
            scan.take("ttd_write");
        }
        boolean stall = scan.take("stall");
        long stag = scan.literal("stag:").lastPrefixed(4);
        return Reading.of(
                scan,
                scan.ok()
                        ? new EventPart.Access(unit, stag, read, privileged, instruction, stage, stall)
                        : new ParsedField.Nothing());
    }

    private static Reading request(MessageScanner scan) {
        RecordBuilder draft = new RecordBuilder(RecordType.SMMUV3_PRI).recoverable(true);
        long sid = scan.literal("sid").literal("0x").fixedHex(8);
        long ssid = scan.literal(".").literal("0x").fixedHex(5);
        scan.literal(":").literal("[");
        long index = scan.decimalOf(3);
        boolean last = scan.take("L");
        scan.literal("]");
        boolean privileged = !scan.take("unprivileged");
        if (privileged) {
            scan.literal("privileged");
        }
        boolean read = scan.take("R");
        boolean write = scan.take("W");
        boolean execute = scan.take("X");
        scan.literal("access").literal("at").literal("iova");
        if (!scan.ok()) {
            return Reading.of(scan, new ParsedField.Nothing());
        }
        draft.hex("sid", sid)
                .hex("ssid", ssid)
                .hex("prg_index", index)
                .flag("last", last)
                .text("privilege", privileged ? "priv" : "unpriv")
                .flag("read", read)
                .flag("write", write)
                .flag("exec", execute)
                .device("stream " + RecordBuilder.hex(sid, 1));
        long address = scan.literal("0x").fixedHex(16);
        if (!scan.ok()) {
            return Reading.of(scan, draft);
        }
        if (index > PriRecord.PRG_INDEX_MAX) {
            scan.reject();
            return Reading.of(scan, draft);
        }
        draft.hex("input_addr", address);
        long word0 = PriRecord.word0((int) sid, read, write, execute, privileged, last);
        draft.raw(
                TraceFormat.PRIQ,
                ssid == 0 ? word0 : PriRecord.withSubstream(word0, (int) ssid),
                PriRecord.word1((int) index, address));
        return Reading.of(scan, draft);
    }

    private static Reading globalError(MessageScanner scan, String unit) {
        RecordBuilder draft = of(RecordType.SMMUV3_GERROR, unit);
        Matcher m = scan.matchLast(GLOBAL);
        return Reading.of(scan, m == null ? draft : draft.text("status", "0x" + m.group(1)));
    }

    private static Reading error(MessageScanner scan, String unit) {
        Matcher overflow = scan.copy().matchLast(OVERFLOW);
        if (overflow != null) {
            RecordBuilder draft = of(RecordType.QUEUE_OVERFLOW, unit)
                    .text("queue", overflow.group(1).toLowerCase(Locale.ROOT));
            scan.matchLast(OVERFLOW);
            return Reading.of(scan, draft);
        }
        Matcher m = scan.matchLast(ERROR);
        if (m == null) {
            return Reading.of(scan, new ParsedField.Nothing());
        }
        RecordBuilder record = of(RecordType.SMMUV3_GERROR, unit);
        if (m.group(3) == null) {
            return Reading.of(scan, record.text("error", m.group(1) != null ? m.group(1) : m.group(2)));
        }
        record.text("error", "CMDQ error: " + m.group(4));
        if (!unit.isEmpty()) {
            record.text("cons", m.group(3));
        }
        return Reading.of(scan, record);
    }

    private static RecordBuilder of(RecordType type, String unit) {
        RecordBuilder record = new RecordBuilder(type);
        return unit.isEmpty() ? record : record.device(unit).text("unit", unit);
    }

    @Override
    public List<String> notes(LogRecord record) {
        return SmmuNotes.of(record);
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> own = SmmuNotes.causes(record);
        return own.isEmpty() ? CauseRules.causes(record) : own;
    }
}
