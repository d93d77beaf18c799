// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import io.pgfault.trace.internal.causes.AddressCauses;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The log of an SMMU of version 1 or 2 (IHI 0062 D.c §16.6): context faults and global faults, as Linux, the Tegra
 * kernels and Xen print them. The pairs of a context fault have had several orders:
 *
 * <pre>
 * arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0xfd7ff000, fsynr=0x540003, cbfrsynra=0x19c3, cb=10
 * arm-smmu 15000000.iommu: FSR    = 00000402 [TF ], SID=0x19c3
 * arm-smmu 15000000.iommu: FSYNR0 = 00540003 [S1CBNDX=84 PLVL=3]
 * arm-smmu 12000000.iommu: Unhandled context fault: iova=0x17fe0fe00, fsynr=0x220003, cb=21, sid=17(0x11 - AFI), pte=0
 * (XEN) smmu: /smmu@fd800000: Unhandled context fault: fsr=0x402, iova=0x8424cb148, fsynr=0xb0001, cb=0
 * arm-smmu 15000000.iommu: Blocked unknown Stream ID 0x880; boot with "arm-smmu.disable_bypass=0" to allow, ...
 * arm-smmu 15000000.iommu:         GFSR 0x80000002, GFSYNR0 0x00000000, GFSYNR1 0x00000880, GFSYNR2 0x00000000
 * </pre>
 */
public final class Smmuv2Grammar implements LogGrammar {
    private static final RecordType CONTEXT = new RecordType("smmuv2_context_fault", "SMMUv2 context fault");
    private static final RecordType GLOBAL = new RecordType("smmuv2_global_fault", "SMMUv2 global fault");
    private static final String FAULT = "Unhandled context fault:";
    private static final Set<String> FIELDS = Set.of("fsr", "iova", "fsynr", "cbfrsynra", "cb");
    private static final Pattern STATUS =
            Pattern.compile("FSR\\s*= (?:0x)?([0-9a-f]{1,8}) \\[([^\\]]*)\\](?:,? ?SID=0x([0-9a-f]{1,8}))?");
    private static final Pattern SYNDROME = Pattern.compile("FSYNR0?\\s*= (?:0x)?([0-9a-f]{1,8})(?= \\[)");
    private static final Pattern BLOCKED = Pattern.compile("Blocked unknown Stream ID 0x([0-9a-f]{1,8})(?=[;,])");
    private static final Pattern REGISTERS = Pattern.compile(
            "GFSR 0x([0-9a-f]{8}), GFSYNR0 0x([0-9a-f]{8})," + " GFSYNR1 0x([0-9a-f]{8}), GFSYNR2 0x([0-9a-f]{8})");
    private static final Pattern CLIENT = Pattern.compile("(0x[0-9a-f]+)(?: - (\\w+))?");
    private static final long WRITE = 1 << 4;
    private static final Map<String, String> BITS = new LinkedHashMap<>();

    static {
        BITS.put("TF", "translation fault");
        BITS.put("AFF", "access flag fault");
        BITS.put("PF", "permission fault");
        BITS.put("EF", "external fault");
        BITS.put("TLBMCF", "TLB match conflict fault");
        BITS.put("TLBLKF", "TLB lock fault");
        BITS.put("ASF", "address size fault");
        BITS.put("UUT", "unsupported upstream transaction");
        BITS.put("SS", "transaction stalled");
        BITS.put("MULTI", "more faults came before software read this one");
    }

    /** The bits of GFSR in words (IHI 0062 D.c §16.6). */
    private static final Map<String, String> GLOBAL_BITS = new LinkedHashMap<>();

    static {
        GLOBAL_BITS.put("ICF", "a transaction of a stream whose context isn't valid");
        GLOBAL_BITS.put("USF", "a transaction of a stream that has no entry");
        GLOBAL_BITS.put("SMCF", "several entries match the stream");
        GLOBAL_BITS.put("UCBF", "the stream's entry names a context bank that isn't there");
        GLOBAL_BITS.put("UCIF", "a context bank uses an interrupt that isn't there");
        GLOBAL_BITS.put("CAF", "an access to the unit's registers that isn't allowed");
        GLOBAL_BITS.put("GEF", "external fault of a transaction that bypasses");
        GLOBAL_BITS.put("GPF", "permission fault of a transaction that bypasses");
        GLOBAL_BITS.put("GUUT", "unsupported upstream transaction");
        GLOBAL_BITS.put("GMULTI", "more faults came before software read this one");
    }

    private static final long[] MASKS = {
        1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1L << 30, 1L << 31
    };
    private static final long[] GLOBAL_MASKS = {
        1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1L << 31
    };

    /** The bits of GFSR, by name; names that FSR has too begin with G. */
    public static Map<String, String> globalBits() {
        return Collections.unmodifiableMap(GLOBAL_BITS);
    }

    /** The mask of a bit of GFSR. */
    public static long globalMask(String name) {
        return GLOBAL_MASKS[List.copyOf(GLOBAL_BITS.keySet()).indexOf(name)];
    }

    /** The mask of a bit of FSR. */
    public static long mask(String name) {
        return MASKS[List.copyOf(BITS.keySet()).indexOf(name)];
    }

    /** The bits of FSR, by name. */
    public static Map<String, String> bits() {
        return Collections.unmodifiableMap(BITS);
    }

    private static final List<String> KINDS = List.of("TF", "AFF", "PF", "EF", "TLBMCF", "TLBLKF", "ASF", "UUT");

    @Override
    public List<String> needles() {
        return List.of("d contex", "Blocked ", ": GFSR 0", "GFSR 0x8", "GFSR 0x0", " FSR    ", "FSYNR0 =", "FSR    =");
    }

    @Override
    public int start(String text, int needle) {
        return switch (text.charAt(needle)) {
            case 'd' -> LogGrammar.startOf(text, needle - FAULT.indexOf("d contex"), FAULT);
            case 'B' -> LogGrammar.startOf(text, needle, "Blocked unknown Stream ID");
            case ':', 'G' -> text.indexOf("GFSR", needle);
            default -> {
                int at = text.indexOf('F', needle);
                yield text.startsWith("FSR", at) || text.startsWith("FSYNR", at) ? at : -1;
            }
        };
    }

    @Override
    public Reading read(String text, int start) {
        String unit = Units.before(text, start);
        return switch (text.charAt(start)) {
            case 'U' -> context(text, start, unit);
            case 'F' -> detail(text, start, unit);
            default -> global(text, start, unit);
        };
    }

    private static RecordBuilder of(RecordType type, String unit) {
        RecordBuilder record = new RecordBuilder(type).awaits(unit.isEmpty() ? "smmu" : unit);
        return unit.isEmpty() ? record : record.text("unit", unit);
    }

    private static Reading context(String text, int start, String unit) {
        Pairs pairs = Pairs.read(text, start + FAULT.length());
        RecordBuilder record = of(CONTEXT, unit);
        if (pairs.exhausted() && !pairs.last().equals("cb")) {
            pairs.dropLast();
        }
        int certain = 0;
        if (pairs.has("sid()")) {
            Matcher m = CLIENT.matcher(pairs.text("sid()"));
            if (m.lookingAt()) {
                record.text("sid", m.group(1));
                if (m.group(2) != null) {
                    record.text("client", m.group(2));
                }
            }
        } else if (pairs.isHex("sid")) {
            record.hex("sid", pairs.hex("sid"));
        } else if (pairs.isHex("cbfrsynra")) {
            record.hex("sid", pairs.hex("cbfrsynra") & 0xffff);
        }
        if (pairs.isHex("iova")) {
            record.hex("iova", pairs.hex("iova"));
            certain++;
        }
        if (pairs.isHex("fsr")) {
            record.hex("fsr", pairs.hex("fsr"));
        }
        if (pairs.isHex("fsynr")) {
            record.hex("fsynr", pairs.hex("fsynr"));
            record.text("access", (pairs.hex("fsynr") & WRITE) != 0 ? "write" : "read");
            certain++;
        }
        named(record);
        if (pairs.isDecimal("cb")) {
            record.text("cb", pairs.text("cb"));
            certain++;
        }
        Reading.State state = certain == 3
                ? pairs.exhausted() ? Reading.State.OPEN_END : Reading.State.WHOLE
                : pairs.exhausted() ? Reading.State.NEEDS_MORE : Reading.State.BROKEN;
        if (!Units.certain(text, start, unit) || pairs.hasJoined(FIELDS)) {
            record.incomplete();
        }
        return new Reading(state, new ParsedField.Whole(record), pairs.end());
    }

    private static void named(RecordBuilder record) {
        if (record.has("client")) {
            record.device("client " + record.value("client"));
        } else if (record.has("sid")) {
            record.device("stream " + record.value("sid"));
        }
    }

    private static Reading detail(String text, int start, String unit) {
        RecordBuilder record = of(CONTEXT, unit);
        Matcher m = STATUS.matcher(text).region(start, text.length());
        if (m.lookingAt()) {
            record.hex("fsr", Long.parseLong(m.group(1), 16));
            String what = KINDS.stream()
                    .filter(List.of(m.group(2).trim().split("[ |]+"))::contains)
                    .map(BITS::get)
                    .reduce((a, b) -> a + ", " + b)
                    .orElse("");
            if (!what.isEmpty()) {
                record.text("what", what);
            }
            if (m.group(3) != null) {
                record.hex("sid", Long.parseLong(m.group(3), 16));
            }
            named(record);
            return new Reading(Reading.State.WHOLE, new ParsedField.FollowUp(record, !what.isEmpty()), m.end());
        }
        m = SYNDROME.matcher(text).region(start, text.length());
        if (m.lookingAt()) {
            long syndrome = Long.parseLong(m.group(1), 16);
            record.hex("fsynr", syndrome).text("access", (syndrome & WRITE) != 0 ? "write" : "read");
            return new Reading(Reading.State.WHOLE, new ParsedField.FollowUp(record, false), m.end());
        }
        return new Reading(Reading.State.BROKEN, new ParsedField.Nothing(), start + 3);
    }

    private static Reading global(String text, int start, String unit) {
        RecordBuilder record = of(GLOBAL, unit);
        Matcher m = BLOCKED.matcher(text).region(start, text.length());
        if (m.lookingAt()) {
            long sid = Long.parseLong(m.group(1), 16);
            record.hex("sid", sid).text("what", "unknown stream").device("stream " + RecordBuilder.hex(sid, 1));
            if (!Units.certain(text, start, unit)) {
                record.incomplete();
            }
            return new Reading(Reading.State.WHOLE, new ParsedField.Whole(record), m.end());
        }
        m = REGISTERS.matcher(text).region(start, text.length());
        if (m.lookingAt()) {
            record.text("gfsr", "0x" + m.group(1))
                    .text("gfsynr0", "0x" + m.group(2))
                    .text("gfsynr1", "0x" + m.group(3))
                    .text("gfsynr2", "0x" + m.group(4));
            long sid = Long.parseLong(m.group(3), 16) & 0xffff;
            record.hex("sid", sid).device("stream " + RecordBuilder.hex(sid, 1));
            return new Reading(Reading.State.WHOLE, new ParsedField.FollowUp(record, true), m.end());
        }
        return new Reading(Reading.State.BROKEN, new ParsedField.Nothing(), start + 4);
    }

    @Override
    public List<String> notes(LogRecord record) {
        List<String> notes = new ArrayList<>();
        if (record.type().equals(CONTEXT)) {
            record.number("fsr").ifPresent(fsr -> notes.add(words(fsr)));
            record.number("fsynr").ifPresent(fsynr -> notes.add(syndrome(fsynr)));
        } else {
            record.number("gfsr").ifPresent(gfsr -> notes.add(words(gfsr, GLOBAL_BITS, GLOBAL_MASKS)));
        }
        if (record.text("what").equals("unknown stream")) {
            notes.add("the stream table has no entry for this stream, and the unit blocks such streams");
        }
        notes.removeIf(String::isEmpty);
        return notes;
    }

    /** The bits of FSR (IHI 0062 D.c §16.5.5). */
    private static String words(long fsr) {
        return words(fsr, BITS, MASKS);
    }

    private static String words(long status, Map<String, String> bits, long[] masks) {
        List<String> words = new ArrayList<>();
        int i = 0;
        for (Map.Entry<String, String> bit : bits.entrySet()) {
            if ((status & masks[i++]) != 0) {
                words.add(bit.getValue() + " (" + bit.getKey() + ")");
            }
        }
        return String.join(", ", words);
    }

    /** The bits of FSYNR0 (IHI 0062 D.c §16.5.6). */
    public static String syndrome(long fsynr) {
        List<String> words = new ArrayList<>();
        words.add((fsynr & WRITE) != 0 ? "write (WNR)" : "read");
        if ((fsynr & 1 << 5) != 0) {
            words.add("privileged (PNU)");
        }
        if ((fsynr & 1 << 6) != 0) {
            words.add("instruction fetch (IND)");
        }
        if ((fsynr & 1 << 10) != 0) {
            words.add("the unit's own read of a table (PTWF)");
        }
        words.add("table level " + (fsynr & 3));
        return String.join(", ", words);
    }

    @Override
    public List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        if (record.type().equals(GLOBAL)) {
            causes.add(new Cause(
                    "the device's stream has no entry: no IOMMU is described for the device, or no driver has bound it",
                    List.of("sid"),
                    "compare the stream with iommus and iommu-map of the device tree, or with IORT"));
            return causes;
        }
        long fsr = record.number("fsr").orElse(1 << 1);
        boolean write = record.text("access").equals("write");
        if ((fsr & 1 << 3) != 0) {
            causes.add(
                    write
                            ? new Cause(
                                    "write to a read-only mapping",
                                    List.of("fsr", "access"),
                                    "compare the direction in which the driver mapped the buffer with what the device does")
                            : new Cause(
                                    "access that the mapping doesn't grant",
                                    List.of("fsr", "access"),
                                    "compare how the driver mapped the buffer with what the device does"));
        } else if ((fsr & 1 << 1) != 0) {
            AddressCauses.of("iova").odd(record.number("iova"), causes);
            AddressCauses.of("iova").unmapped(record.number("iova"), causes);
        } else if ((fsr & 1 << 4) != 0) {
            causes.add(new Cause(
                    "a table or a target of the access gave a bus error",
                    List.of("fsr"),
                    "see whether the memory of the tables and of the address exists and is powered"));
        }
        return causes;
    }
}
