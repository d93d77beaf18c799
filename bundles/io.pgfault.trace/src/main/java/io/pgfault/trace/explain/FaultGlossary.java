// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.explain;

import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.internal.kinds.RiscvGrammar;
import io.pgfault.trace.internal.kinds.Smmuv2Grammar;
import io.pgfault.trace.internal.vtd.DmarReasons;
import io.pgfault.trace.log.FaultLog;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Explains events, reasons, bits and messages without a log. The likely causes are the ones of the decoder for a
 * message of the kind. Any thread may use a glossary.
 */
public final class FaultGlossary {
    private static final String SMMUV3 = "IHI 0070 F.b";
    private static final String VTD = "VT-d 4.1";
    private static final String AMD = "AMD I/O Virtualization 3.08 §2.5";

    /**
     * One address of each kind that has causes of its own: an ordinary one, zero, one of interrupts, one with all upper
     * bits set, one of firmware.
     */
    private static final List<String> ADDRESSES =
            List.of("0x123456040", "0x0", "0xfee00000", "0xffffffff81000000", "0x7a000000");

    private static final Pattern REASON = Pattern.compile("(?:dmar )?(?:fault )?reason (?:code )?(0x)?([0-9a-f]{1,3})");
    private static final Pattern EVENT = Pattern.compile("(?:smmuv3 )?event (?:id )?(?:0x)?([0-9a-f]{1,2})");
    private static final Pattern CAUSE = Pattern.compile("(?:risc v )?(?:fault |cause )(\\d{1,3})");
    private static final Pattern REGISTER =
            Pattern.compile("(fsr|fsynr0?|gfsr|gerror|fault status reg|flags) *(?:0x)?([0-9a-f]{1,8})");
    private static final String MESSAGE = "driver's message";
    private static final int LONG = 8;
    private static final int NEAR = 5;

    /** The terms, by the words that find a term, in lower case. The constructor writes; any thread reads. */
    private final Map<String, Term> terms = new LinkedHashMap<>();

    /** A glossary of the kinds that this bundle knows. */
    public FaultGlossary() {
        EventId.named().forEach(this::event);
        DmarReasons.all().forEach(this::reason);
        EventWords.AMD.forEach((name, meaning) -> put(
                name,
                "AMD-Vi event",
                meaning,
                causes("AMD-Vi: Event logged [" + name + " device=05:00.0 domain=0x000c address=%s flags=0x0000]"
                        + "\nAMD-Vi: Event logged [" + name
                        + " device=05:00.0 domain=0x000c address=%1$s flags=0x0070]"),
                AMD));
        EventWords.AMD_FLAGS.forEach((name, meaning) -> put(name, "flag of an AMD-Vi event", meaning, List.of(), AMD));
        Smmuv2Grammar.bits()
                .forEach((name, meaning) -> put(
                        name,
                        "bit of an SMMUv2's fault status (FSR)",
                        meaning,
                        causes(
                                "arm-smmu 1.iommu: Unhandled context fault: fsr=0x%x, iova=%%s, fsynr=0x11, cbfrsynra=0x1, cb=1"
                                        .formatted(Smmuv2Grammar.mask(name))),
                        "IHI 0062 D.c §16.5.5"));
        Smmuv2Grammar.globalBits()
                .forEach((name, meaning) -> put(
                        name,
                        "bit of an SMMUv2's global fault status (GFSR)",
                        meaning,
                        List.of(),
                        "IHI 0062 D.c §16.6"));
        EventWords.GERROR.forEach((name, meaning) ->
                put(name, "bit of an SMMUv3's global error (GERROR)", meaning, List.of(), SMMUV3 + " §6.3.18"));
        EventWords.FAULT_STATUS.forEach(
                (name, meaning) -> put(name, "bit of VT-d's fault status", meaning, List.of(), VTD + " §11.4.7.1"));
        RiscvGrammar.causes()
                .forEach((number, name) -> put(
                        "cause " + number,
                        "RISC-V IOMMU fault",
                        name,
                        causes("riscv 1.iommu: Fault " + number + " devid: 0x1 iotval: %s iotval2: 0"),
                        "RISC-V IOMMU 1.0 §3.2"));
        Messages.ALL.forEach((words, message) -> put(words, MESSAGE, message.meaning(), causes(message.example()), ""));
    }

    private void event(EventId id) {
        String lines = "arm-smmu-v3 s.auto: event 0x%02x received:".formatted(id.value());
        String word0 = "0x%016x".formatted(1L << 32 | id.value());
        // Class IN, read or write; the address stands in the third word.
        List<Cause> causes = new ArrayList<>();
        for (String word1 : List.of("0x0000020800000000", "0x0000020000000000")) {
            for (Cause cause : causes(lines + "\narm-smmu-v3 s.auto: \t" + word0 + "\narm-smmu-v3 s.auto: \t" + word1
                    + "\narm-smmu-v3 s.auto: \t%16s\narm-smmu-v3 s.auto: \t0x0000000000000000\n")) {
                if (!causes.contains(cause)) {
                    causes.add(cause);
                }
            }
        }
        put(
                id.name(),
                "SMMUv3 event 0x%02x".formatted(id.value()),
                EventWords.SMMUV3.getOrDefault(id.name(), ""),
                causes,
                SMMUV3 + " §7.3");
        terms.put("event 0x%02x".formatted(id.value()), terms.get(key(id.name())));
    }

    private void reason(int code, String name) {
        String reason = "fault reason 0x%02x".formatted(code);
        boolean interrupt = code >= 0x20 && code <= 0x2f;
        String line = interrupt
                ? "DMAR: [INTR-REMAP] Request device [02:00.0] fault index 0x8200 [%s] %s"
                : "DMAR: [DMA Read NO_PASID] Request device [02:00.0] fault addr %%1$s [%s] %s\n"
                        + "DMAR: [DMA Write NO_PASID] Request device [02:00.0] fault addr %%1$s [%1$s] %2$s";
        put(
                reason,
                interrupt ? "VT-d interrupt remapping fault" : "VT-d DMA fault",
                name,
                causes(line.formatted(reason, name)),
                VTD + " §7.1.3");
        terms.put(key(name), terms.get(reason));
    }

    private void put(String name, String kind, String meaning, List<Cause> causes, String source) {
        terms.putIfAbsent(key(name), new Term(name, kind, meaning, causes, source));
    }

    /** The causes that the decoder gives to this message, with each of the addresses in the place of {@code %s}. */
    private static List<Cause> causes(String lines) {
        Map<String, Cause> causes = new LinkedHashMap<>();
        for (String address : lines.contains("%") ? ADDRESSES : List.of("")) {
            String number =
                    lines.contains("16s") ? "0x" + "0".repeat(18 - address.length()) + address.substring(2) : address;
            for (LogRecord record : decode(lines.formatted(number) + "\n")) {
                record.causes().forEach(cause -> causes.putIfAbsent(cause.cause(), cause));
            }
        }
        return List.copyOf(causes.values());
    }

    private static List<LogRecord> decode(String text) {
        List<LogRecord> records = new ArrayList<>();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (TraceFile file = TraceFile.of("an example", new ByteArrayInputStream(bytes))) {
            new FaultLog(records::add).readText(file, () -> {});
        } catch (IOException e) {
            throw new UncheckedIOException("memory can't be read", e);
        }
        return records;
    }

    /** Lower case, with a space for everything but letters, digits and underscores. */
    private static String key(String words) {
        return words.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]+", " ").strip();
    }

    /** The meaning of an event's name, in a few words; empty if the glossary lacks the name. */
    public static String meaning(String event) {
        String words = EventWords.SMMUV3.get(event);
        return words == null ? EventWords.AMD.getOrDefault(event, "") : words;
    }

    /**
     * The terms that these words name: a name, {@code fault reason 0x6}, {@code event 0x10}, {@code fsr=0x402}, a
     * message or a part of one. Empty if there is none.
     */
    public List<Term> explain(String words) {
        String key = key(words);
        Term exact = terms.get(key);
        if (exact == null) {
            exact = numbered(key);
        }
        if (exact != null) {
            return List.of(exact);
        }
        Matcher register = REGISTER.matcher(key);
        if (register.matches()) {
            return bits(register.group(1), Long.parseLong(register.group(2), 16));
        }
        return containing(key);
    }

    private Term numbered(String key) {
        Matcher m = REASON.matcher(key);
        if (m.matches()) {
            // Old kernels print two decimal digits, newer ones 0x.
            boolean hex = m.group(1) != null || !m.group(2).matches("\\d+");
            return terms.get("fault reason 0x%02x".formatted(Integer.parseInt(m.group(2), hex ? 16 : 10)));
        }
        m = EVENT.matcher(key);
        if (m.matches()) {
            return terms.get("event 0x%02x".formatted(Integer.parseInt(m.group(1), 16)));
        }
        m = CAUSE.matcher(key);
        return m.matches() ? terms.get("cause " + m.group(1)) : null;
    }

    /** The terms of the bits that are set. */
    private List<Term> bits(String register, long value) {
        List<Term> found = new ArrayList<>();
        Map<String, String> names =
                switch (register) {
                    case "fsr" -> Smmuv2Grammar.bits();
                    case "gfsr" -> Smmuv2Grammar.globalBits();
                    case "gerror" -> EventWords.GERROR;
                    case "flags" -> EventWords.AMD_FLAGS;
                    case "fault status reg" -> EventWords.FAULT_STATUS;
                    default -> Map.of();
                };
        if (register.startsWith("fsynr")) {
            return List.of(new Term(
                    "FSYNR0 0x%x".formatted(value),
                    "syndrome of an SMMUv2's fault",
                    Smmuv2Grammar.syndrome(value),
                    List.of(),
                    "IHI 0062 D.c §16.5.6"));
        }
        for (Map.Entry<String, String> name : names.entrySet()) {
            long mask =
                    switch (register) {
                        case "fsr" -> Smmuv2Grammar.mask(name.getKey());
                        case "gfsr" -> Smmuv2Grammar.globalMask(name.getKey());
                        default -> 1L << number(name.getValue());
                    };
            if ((value & mask) != 0) {
                found.add(terms.getOrDefault(
                        key(name.getKey()),
                        new Term(name.getKey(), "bit of " + register, name.getValue(), List.of(), "")));
            }
        }
        return found;
    }

    /** The number of the bit that a meaning starts with, {@code bit 5: }. */
    private static int number(String meaning) {
        return Integer.parseInt(meaning.substring("bit ".length(), meaning.indexOf(':')));
    }

    private List<Term> containing(String key) {
        Set<Term> found = new LinkedHashSet<>();
        List<String> words = List.of(key.split(" "));
        terms.forEach((name, term) -> {
            List<String> own =
                    List.of(key(name + " " + term.name() + " " + term.meaning()).split(" "));
            if (!key.isEmpty() && key.length() > 2 && own.containsAll(words)) {
                found.add(term);
            }
        });
        if (!found.isEmpty()) {
            return List.copyOf(found);
        }
        // A line of a log: the message that it has.
        terms.forEach((name, term) -> {
            boolean message = term.kind().equals(MESSAGE) && key.length() >= LONG;
            boolean said = message && words.containsAll(List.of(name.split(" ")));
            if (said || (name.length() >= LONG && key.contains(name))) {
                found.add(term);
            }
        });
        return List.copyOf(found);
    }

    /** The names that are nearest to these words, the nearest first. */
    public List<String> near(String words) {
        String key = key(words);
        return terms.entrySet().stream()
                .sorted(Comparator.comparingDouble(e -> distance(key, e.getKey())))
                .map(e -> e.getValue().name())
                .distinct()
                .limit(NEAR)
                .toList();
    }

    /** The names of all terms, in the order of the kinds. */
    public List<String> names() {
        return terms.values().stream().map(Term::name).distinct().toList();
    }

    /** How many characters differ (Levenshtein), in parts of the longer text, less a part for each common word. */
    private static double distance(String one, String two) {
        int[] row = new int[two.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int same = corner + (one.charAt(i - 1) == two.charAt(j - 1) ? 0 : 1);
                corner = row[j];
                row[j] = Math.min(same, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        Set<String> common = new LinkedHashSet<>(List.of(one.split("[ _]")));
        common.retainAll(List.of(two.split("[ _]")));
        return (double) row[two.length()] / Math.max(one.length(), two.length()) - 0.15 * common.size();
    }
}
