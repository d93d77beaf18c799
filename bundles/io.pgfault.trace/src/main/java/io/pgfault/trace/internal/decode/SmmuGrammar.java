// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.RecordType;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
 * arm-smmu-v3 arm-smmu-v3.2.auto: event: F_TRANSLATION client: 0000:35:01.0 sid: 0x3501 ssid: 0x0 iova: 0xa50e0800 ipa: 0x0
 * arm-smmu-v3 arm-smmu-v3.2.auto: unpriv data read s1 "Input address caused fault" stall stag: 0x3f
 * </pre>
 */
final class SmmuGrammar implements Grammar {
    private static final Pattern START =
            Pattern.compile("arm-smmu-v3 (?=\\S)|(?<![:\\w] )\\bevent 0x[0-9a-f]{2} received:");
    private static final Pattern UNIT = Pattern.compile("(\\S{1,64}):(?=\\s)");
    private static final Pattern HEADER = Pattern.compile("event 0x([0-9a-f]{2}) received:");
    private static final Pattern WORD = Pattern.compile("0x([0-9a-f]{16})\\s*$");
    private static final Pattern EVENT =
            Pattern.compile("event: ([A-Z]_[A-Z_]+|UNKNOWN) client: (\\(unassigned sid\\)|\\S+) ");
    private static final Pattern ACCESS = Pattern.compile(
            "(un)?priv (inst|data) (read|write) s([12])\\s+\"[^\"]*\"" + "(?: ttd_(?:read|write))?( stall)? stag: ");
    private static final Pattern REQUEST =
            Pattern.compile("sid 0x([0-9a-f]{8})\\.0x([0-9a-f]{5}): \\[(\\d{1,3})(L?)\\] "
                    + "(un)?privileged (R?)(W?)(X?) ?access at iova ");
    private static final Pattern GLOBAL = Pattern.compile("unexpected global error reported \\(0x([0-9a-f]{8})\\)");
    private static final Pattern ERROR = Pattern.compile("device has entered (Service Failure Mode)!"
            + "|((?:GERROR|PRIQ|EVTQ|CMDQ)(?: MSI)? write aborted)\\b"
            + "|(CMDQ error) \\(cons 0x[0-9a-f]{8}\\):");
    private static final Pattern OVERFLOW = Pattern.compile("(EVTQ|PRIQ) overflow detected\\b");
    private static final Set<String> NAMES = EventId.named().map(EventId::name).collect(Collectors.toUnmodifiableSet());

    @Override
    public int find(String text, int from) {
        Matcher m = START.matcher(text);
        return m.find(from) ? m.start() : -1;
    }

    @Override
    public Reading read(String text, int start) {
        Scan scan = new Scan(text, start);
        String unit = "";
        if (text.startsWith("arm-smmu-v3", start)) {
            scan.literal("arm-smmu-v3");
            Matcher m = scan.matchLast(UNIT);
            if (m == null) {
                boolean end = text.indexOf(' ', scan.position()) < 0 && text.endsWith(":");
                return new Reading(
                        end ? Reading.State.NEEDS_MORE : Reading.State.BROKEN, new Said.Nothing(), text.length());
            }
            unit = m.group(1);
            if (scan.atEnd()) {
                return new Reading(Reading.State.NEEDS_MORE, new Said.Nothing(), text.length());
            }
        }
        return message(text, scan, unit);
    }

    private static Reading message(String text, Scan scan, String unit) {
        int at = scan.position();
        return switch (scan.peek()) {
            case 'e' -> text.startsWith("event:", scan.position()) ? named(scan, unit) : header(scan, unit);
            case '0' -> word(scan, unit);
            case 'u' -> text.startsWith("unexpected g", scan.position()) ? globalError(scan, unit) : access(scan, unit);
            case 'p' -> access(scan, unit);
            case 's' -> request(scan);
            case 'd', 'G', 'P', 'E', 'C' -> error(scan, unit);
            default -> new Reading(Reading.State.BROKEN, new Said.Nothing(), at + 1);
        };
    }

    private static Reading header(Scan scan, String unit) {
        Matcher m = scan.matchLast(HEADER);
        return Reading.of(
                scan, m == null ? new Said.Nothing() : new Said.EventHeader(unit, Integer.parseInt(m.group(1), 16)));
    }

    private static Reading word(Scan scan, String unit) {
        int at = scan.position();
        Matcher m = scan.matchLast(WORD);
        if (m != null) {
            return Reading.of(scan, new Said.EventWord(unit, Long.parseUnsignedLong(m.group(1), 16)));
        }
        boolean cut = scan.exhausted() || scan.position() == at;
        return new Reading(Reading.State.BROKEN, cut ? new Said.CutWord(unit) : new Said.Nothing(), at + 1);
    }

    private static Reading named(Scan scan, String unit) {
        Draft draft = new Draft(RecordType.SMMUV3_EVENT);
        Matcher m = scan.match(EVENT);
        scan.literal("sid:");
        if (!scan.ok() || (!NAMES.contains(m.group(1)) && !m.group(1).equals("UNKNOWN"))) {
            if (scan.ok()) {
                scan.reject();
            }
            return Reading.of(scan, new Said.Nothing());
        }
        String event = m.group(1);
        draft.text("event", event);
        if (!m.group(2).startsWith("(")) {
            draft.device(m.group(2));
        }
        long sid = scan.hex();
        scan.literal("ssid:");
        if (scan.ok()) {
            draft.hex("sid", sid);
            if (m.group(2).startsWith("(")) {
                draft.device("stream 0x" + Long.toHexString(sid));
            }
        }
        EventId id =
                EventId.named().filter(e -> e.name().equals(event)).findFirst().orElse(EventId.of(0));
        if (id.stallable()) {
            ssid(scan, draft, scan.hex());
            scan.literal("iova:");
            long iova = scan.hex();
            scan.literal("ipa:");
            if (scan.ok()) {
                draft.hex("input_addr", iova);
            }
            scan.lastHex(1);
        } else if (event.endsWith("_FETCH")) {
            ssid(scan, draft, scan.hex());
            scan.literal("fetch_addr:");
            long address = scan.lastHex(1);
            if (scan.ok()) {
                draft.hex("fetch_addr", address);
            }
        } else {
            ssid(scan, draft, scan.lastHex(5));
        }
        Reading reading = Reading.of(scan, new Said.Nothing());
        return new Reading(reading.state(), new Said.EventNamed(unit, draft, scan.ok()), scan.position());
    }

    private static void ssid(Scan scan, Draft draft, long ssid) {
        if (scan.ok()) {
            draft.hex("ssid", ssid);
        }
    }

    private static Reading access(Scan scan, String unit) {
        Matcher m = scan.match(ACCESS);
        long stag = scan.lastHex(4);
        if (!scan.ok()) {
            return Reading.of(scan, new Said.Nothing());
        }
        Map<String, String> fields = new HashMap<>();
        fields.put("stag", "0x" + Long.toHexString(stag));
        fields.put("access", m.group(3));
        fields.put("privilege", m.group(1) == null ? "priv" : "unpriv");
        fields.put("instruction", Boolean.toString(m.group(2).equals("inst")));
        fields.put("stage", m.group(4));
        return Reading.of(scan, new Said.EventAccess(unit, fields, m.group(5) != null));
    }

    private static Reading request(Scan scan) {
        Draft draft = new Draft(RecordType.SMMUV3_PRI).recoverable(true);
        Matcher m = scan.match(REQUEST);
        if (m == null) {
            return Reading.of(scan, new Said.Nothing());
        }
        long sid = Long.parseLong(m.group(1), 16);
        long ssid = Long.parseLong(m.group(2), 16);
        int index = Integer.parseInt(m.group(3));
        draft.hex("sid", sid)
                .hex("ssid", ssid)
                .hex("prg_index", index)
                .flag("last", !m.group(4).isEmpty())
                .text("privilege", m.group(5) == null ? "priv" : "unpriv")
                .flag("read", !m.group(6).isEmpty())
                .flag("write", !m.group(7).isEmpty())
                .flag("exec", !m.group(8).isEmpty())
                .device("stream 0x" + Long.toHexString(sid));
        long address = scan.lastHex(16);
        if (!scan.ok() || index > PriRecord.PRG_INDEX_MAX) {
            scan.reject();
            return Reading.of(scan, draft);
        }
        draft.hex("input_addr", address);
        long word0 = PriRecord.word0(
                (int) sid,
                !m.group(6).isEmpty(),
                !m.group(7).isEmpty(),
                !m.group(8).isEmpty(),
                m.group(5) == null,
                !m.group(4).isEmpty());
        draft.raw(
                TraceFormat.PRIQ,
                ssid == 0 ? word0 : PriRecord.withSubstream(word0, (int) ssid),
                PriRecord.word1(index, address));
        return Reading.of(scan, draft);
    }

    private static Reading globalError(Scan scan, String unit) {
        Draft draft = new Draft(RecordType.SMMUV3_GERROR).device(unit).text("unit", unit);
        Matcher m = scan.matchLast(GLOBAL);
        return Reading.of(scan, m == null ? draft : draft.text("status", "0x" + m.group(1)));
    }

    private static Reading error(Scan scan, String unit) {
        int at = scan.position();
        Matcher overflow = scan.matchLast(OVERFLOW);
        if (overflow != null) {
            Draft draft = new Draft(RecordType.QUEUE_OVERFLOW)
                    .device(unit)
                    .text("unit", unit)
                    .text("queue", overflow.group(1).toLowerCase(Locale.ROOT));
            return Reading.of(scan, draft);
        }
        Scan again = new Scan(scan.text(), at);
        Matcher m = again.matchLast(ERROR);
        if (m == null) {
            return Reading.of(again, new Said.Nothing());
        }
        String words = m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : m.group(3);
        return Reading.of(
                again,
                new Draft(RecordType.SMMUV3_GERROR)
                        .device(unit)
                        .text("unit", unit)
                        .text("error", words));
    }
}
