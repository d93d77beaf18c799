// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Rendered records in every style, then damaged: the decoder finds the right fields or says that some are missing. */
class DamagedLogTest {
    private static final int ROUNDS = Boolean.getBoolean("soak") ? 4_000 : 1_500;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final RenderedLog log = new RenderedLog(random);

    private final List<UnaryOperator<String>> styles = List.of(
            s -> s,
            s -> "[%5d.%06d] %s".formatted(random.nextInt(100_000), random.nextInt(1_000_000), s),
            s -> "[Tue May 26 08:41:%02d 2026] %s".formatted(random.nextInt(60), s),
            s -> "May  6 08:37:%02d host kernel: %s".formatted(random.nextInt(60), s),
            s -> "May 26 08:37:36 host kernel: [  129.597852] " + s,
            s -> "2026-05-26T08:37:36.123456+02:00 host kernel: [  129.597852] " + s,
            s -> "2026-05-26T08:37:36+0200 host kernel: " + s,
            s -> "<3>[  129.597852] " + s,
            s -> "[  129.597852][  T812] " + s,
            s -> "[  129.597852] [C12] " + s,
            s -> "kern  :err   : [  129.597852] " + s,
            s -> "\u001b[32m[  129.597852] \u001b[0m\u001b[33m" + s + "\u001b[0m",
            s -> "vm1 login: [  129.597852] " + s,
            s -> "host1 | May  6 08:37:36 host kernel: [  129.597852] " + s,
            s -> "[  129.597852] " + s.replace("\t", "#011"),
            s -> "   irq/26-AMD-Vi-154     [006] .....   327.753942: " + s);

    private UnaryOperator<String> style() {
        return styles.get(random.nextInt(styles.size()));
    }

    private static List<String> styled(RenderedLog.Message message, UnaryOperator<String> style) {
        return message.lines().stream().map(style).toList();
    }

    private static List<Map<String, Object>> plain(List<LogRecord> records) {
        return records.stream().map(FaultLogsTest::plain).toList();
    }

    private String context(String text) {
        return "seed " + seed + "\n" + text;
    }

    @Test
    void everyFormInEveryStyle() {
        for (int i = 0; i < ROUNDS; i++) {
            RenderedLog.Message message = log.message();
            String text = String.join("\n", styled(message, style())) + "\n";
            List<LogRecord> records = Decoded.text(text);
            assertThat(plain(records)).as(context(text)).containsExactly(message.fields());
            assertThat(records).as(context(text)).allMatch(LogRecord::complete);
        }
    }

    /** Whatever is complete is one of the messages, field by field. */
    private void noneIsWrong(String text, List<RenderedLog.Message> messages) {
        for (LogRecord record : Decoded.text(text)) {
            if (record.complete()) {
                assertThat(messages.stream().map(RenderedLog.Message::fields))
                        .as(context(text))
                        .contains(FaultLogsTest.plain(record));
            }
        }
    }

    /** As mail programs do: at a space, the rest without a prefix. */
    @Test
    void wrappedAtSpaces() {
        for (int i = 0; i < ROUNDS; i++) {
            RenderedLog.Message message = log.message();
            List<String> lines = new ArrayList<>();
            for (String line : styled(message, style())) {
                int at = line.lastIndexOf(' ', 50 + random.nextInt(60));
                if (at > 40) {
                    lines.add(line.substring(0, at));
                    lines.add(line.substring(at + 1));
                } else {
                    lines.add(line);
                }
            }
            noneIsWrong(String.join("\n", lines) + "\n", List.of(message));
        }
    }

    /** A line of 76 characters that ends with an equals sign is also a soft line break of a mail (RFC 2045 §6.7). */
    @Test
    void wrappedBehindAnEqualsSign_asMailsWrap_losesNoField() {
        String text = """
                host1 | May  6 08:37:36 host kernel: [  129.597852] prq_report: dmar0/0000:
                95:18.7 seq# 7: rid=0xe48e addr=0x4 rw--- pasid=0x8429c index=0x8b private=
                0x67b3fdf13cae7ff0/0xeea822b644788f1b
                """;
        assertThat(Decoded.text(text)).singleElement().satisfies(record -> assertThat(
                        plain(List.of(record)).get(0))
                .containsEntry("private", "0x67b3fdf13cae7ff0/0xeea822b644788f1b"));
    }

    /** As terminals do: anywhere, even within a number. */
    @Test
    void wrappedAnywhere() {
        for (int i = 0; i < ROUNDS; i++) {
            RenderedLog.Message message = log.message();
            int width = 60 + random.nextInt(60);
            List<String> lines = new ArrayList<>();
            for (String line : styled(message, style())) {
                for (int at = 0; at < line.length(); at += width) {
                    lines.add(line.substring(at, Math.min(line.length(), at + width)));
                }
            }
            noneIsWrong(String.join("\n", lines) + "\n", List.of(message));
        }
    }

    @Test
    void cutOff() {
        for (int i = 0; i < ROUNDS; i++) {
            RenderedLog.Message message = log.message();
            String text = String.join("\n", styled(message, style())) + "\n";
            noneIsWrong(text.substring(0, random.nextInt(text.length())), List.of(message));
        }
    }

    @Test
    void linesOfTwoWritersMixed() {
        for (int i = 0; i < ROUNDS; i++) {
            RenderedLog.Message one = log.message();
            RenderedLog.Message two = log.message();
            noneIsWrong(mixed(styled(one, style()), styled(two, style())), List.of(one, two));
        }
    }

    @Test
    void wrappedLinesOfTwoWritersMixed() {
        for (int i = 0; i < ROUNDS; i++) {
            RenderedLog.Message one = log.message();
            RenderedLog.Message two = log.message();
            noneIsWrong(mixed(wrapped(styled(one, style())), wrapped(styled(two, style()))), List.of(one, two));
        }
    }

    /** Another writer's wrapped word ends right before a field: the field's name and value are lost, and it shows. */
    @Test
    void aWordOfAnotherWriterBeforeAField_leavesTheRecordIncomplete() {
        String text = """
                (XEN) AMD-Vi: IO_PAGE_FAULT: 0000:8b:09.4 d0 addr 000000000000f92f flags 0x8
                vm1 login: [  129.597852] arm-smmu 63eef419.iommu: Unhandled context fault:
                I
                fsr=0x402, iova=0x284aa9df3, fsynr=0x5c30, cbfrsynra=0x7b43, cb=37
                """;
        assertThat(Decoded.text(text))
                .filteredOn(record -> !plain(List.of(record)).get(0).containsKey("fsr"))
                .filteredOn(record -> plain(List.of(record)).get(0).containsKey("iova"))
                .noneMatch(LogRecord::complete);
    }

    private List<String> wrapped(List<String> lines) {
        List<String> wrapped = new ArrayList<>();
        for (String line : lines) {
            int at = line.lastIndexOf(' ', 80);
            if (at > 40) {
                wrapped.add(line.substring(0, at));
                wrapped.add(line.substring(at + 1));
            } else {
                wrapped.add(line);
            }
        }
        return wrapped;
    }

    private String mixed(List<String> one, List<String> two) {
        StringBuilder text = new StringBuilder();
        int a = 0;
        int b = 0;
        while (a < one.size() || b < two.size()) {
            boolean first = b == two.size() || (a < one.size() && random.nextBoolean());
            text.append(first ? one.get(a++) : two.get(b++)).append('\n');
        }
        return text.toString();
    }

    @Test
    void lostLines() {
        for (int i = 0; i < ROUNDS; i++) {
            RenderedLog.Message one = log.message();
            RenderedLog.Message two = log.message();
            UnaryOperator<String> style = style();
            List<String> lines = new ArrayList<>(styled(one, style));
            lines.addAll(styled(two, style));
            lines.remove(random.nextInt(lines.size()));
            noneIsWrong(String.join("\n", lines) + "\n", List.of(one, two));
        }
    }

    @Test
    void randomTextGivesNoRecord() {
        for (int i = 0; i < ROUNDS; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(400); j > 0; j--) {
                text.append((char) (random.nextInt(8) == 0 ? '\n' : ' ' + random.nextInt(95)));
            }
            assertThat(Decoded.text(text.toString()))
                    .as(context(text.toString()))
                    .isEmpty();
        }
    }

    @Test
    void otherPeoplesLogsGiveNoRecord() {
        assertThat(Decoded.text("""
                [    0.000000] DMAR: Host address width 39
                [    0.000000] DMAR: DRHD base: 0x000000fed90000 flags: 0x0
                [    0.000000] DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 19e2ff0505e
                [    0.000000] DMAR: RMRR base: 0x0000009d000000 end: 0x0000009f7fffff
                [    0.100000] DMAR-IR: Enabled IRQ remapping in x2apic mode
                [    0.200000] AMD-Vi: AMD IOMMUv2 loaded and initialized
                [    0.200000] AMD-Vi: Interrupt remapping enabled
                [    1.000000] arm-smmu-v3 arm-smmu-v3.0.auto: ias 44-bit, oas 44-bit (features 0x00008325)
                [    1.000000] arm-smmu-v3 arm-smmu-v3.0.auto: allocated 65536 entries for cmdq
                [    1.000000] arm-smmu-v3 arm-smmu-v3.0.auto: option mask 0x0
                [    2.000000] a.out[512]: segfault at 0 ip 000055d0 sp 00007ffd error 4 in a.out[55d0+1000]
                [    2.000000] BUG: unable to handle page fault for address: ffffffffc0400000
                [    2.000000] ice 0000:31:00.0: An event was received: reset request
                [    2.000000] Machine check events logged [see mcelog]
                kvm: page request for unknown device, fault status unknown, request devices: 3
                """)).isEmpty();
    }
}
