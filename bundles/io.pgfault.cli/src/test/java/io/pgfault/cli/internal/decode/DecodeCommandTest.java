// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.pgfault.cli.internal.CommandRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code iopf decode}: what goes in, what comes out, and the exit code. */
class DecodeCommandTest {
    private static final String FAULT =
            "[    6.837629] DMAR: [DMA Write NO_PASID] Request device [07:00.0] fault addr 0x69935000"
                    + " [fault reason 0x05] PTE Write access is not set\n";
    private static final String STALL = """
            arm-smmu-v3 smmu.0: event 0x10 received:
            arm-smmu-v3 smmu.0: \t0x0000350100000010
            arm-smmu-v3 smmu.0: \t0x000002088000003f
            arm-smmu-v3 smmu.0: \t0x00000000a50e0800
            arm-smmu-v3 smmu.0: \t0x0000000000000000
            """;

    @TempDir
    private Path folder;

    private String file(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void standardInputIsADash() {
        CommandRun run = CommandRun.of(FAULT, "decode", "-");
        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("VT-d DMA fault of 07:00.0", "0x69935000", "write to a read-only mapping");
    }

    @Test
    void severalFilesAreToldApart() throws Exception {
        String one = file("one.log", FAULT);
        String two = file("two.log", "nothing\n" + FAULT);
        CommandRun run = CommandRun.of("", "decode", one, two);
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("1 of " + one, "2 of " + two);
        assertThat(run.out().lines().filter(l -> l.startsWith("  07:00.0")))
                .singleElement(STRING)
                .endsWith("2 records");
        assertThat(CommandRun.of("", "decode", "--json", one, two).out().lines())
                .hasSize(2);
    }

    @Test
    void repetitionsAreFolded() {
        CommandRun run = CommandRun.of(FAULT + FAULT.replace("69935", "69937"), "decode", "-");
        assertThat(run.out()).contains("2 times", "0x69935000 to 0x69937000", "line     1 to 2");
    }

    @Test
    void whatIsSaidInWords() {
        String log = """
                arm-smmu-v3 smmu.0: unexpected global error reported (0x00000005), this could be serious
                DMAR: DRHD: handling fault status reg 203
                AMD-Vi: Event logged [IO_PAGE_FAULT device=42:00.0 domain=0x005e address=0xfffffffdf8030000 flags=0x0008]
                AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:03:00.0 address=0x102a2d1d0]
                """;
        assertThat(CommandRun.of(log, "decode", "-").out().lines().filter(line -> line.startsWith("  what")))
                .containsExactly(
                        "  what     status 0x00000005",
                        "  what     status 0x203: a fault was lost (PFO), a fault is pending (PPF), first in record 2",
                        "  what     IO_PAGE_FAULT: the interrupt isn't in the remapping table, or isn't allowed there",
                        "  what     IOTLB_INV_TIMEOUT: the device didn't answer an invalidation of its address cache");
    }

    @Test
    void coloursOnATerminalOnly() {
        assertThat(CommandRun.of(FAULT, "decode", "-").out()).doesNotContain("\u001b");
        assertThat(CommandRun.of(FAULT, "decode", "--color", "always", "-").out())
                .contains("\u001b[1m");
        System.setProperty(Colour.TERMINAL, "true");
        try {
            assertThat(CommandRun.of(FAULT, "decode", "-").out()).contains("\u001b[1m");
            assertThat(CommandRun.of(FAULT, "decode", "--color", "never", "-").out())
                    .doesNotContain("\u001b");
            assertThat(CommandRun.of(FAULT, "decode", "--json", "-").out()).doesNotContain("\u001b");
        } finally {
            System.clearProperty(Colour.TERMINAL);
        }
    }

    @Test
    void logWithoutFaultsIsNoError() {
        CommandRun run = CommandRun.of("usb 1-1: new device\n", "decode", "-");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("no fault of a kind that iopf knows in standard input");
    }

    @Test
    void incompleteRecordsAreSaidToBe() {
        CommandRun run = CommandRun.of(FAULT.substring(0, 70) + "\n", "decode", "-");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("(incomplete)");
        assertThat(run.err()).contains("1 of 1 records are incomplete");
    }

    @Test
    void rawRecordsAreThoseThatCanBeAnswered() {
        CommandRun run =
                CommandRun.of(FAULT + STALL + STALL.replace("8000003f", "0000003f"), "decode", "--raw", "evtq", "-");
        assertThat(run.exit()).isZero();
        ByteBuffer words = run.bytes();
        assertThat(words.remaining()).isEqualTo(32);
        assertThat(words.getLong(0)).isEqualTo(0x0000350100000010L);
        assertThat(words.getLong(8)).isEqualTo(0x000002088000003fL);
        assertThat(words.getLong(16)).isEqualTo(0xa50e0800L);
        assertThat(CommandRun.of(FAULT, "decode", "--raw", "prq", "-").err())
                .contains("no prq record", "standard input");
    }

    @Test
    void dumpsAreKnownByTheirNames() throws Exception {
        ByteBuffer dump = ByteBuffer.allocate(40)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, 1L | 1 << 8 | 0x50 << 16 | 2L << 32)
                .putLong(8, 0x559ef6f97000L | 1 << 3 | 1);
        Path file = Files.write(folder.resolve("dump.prq"), dump.array());
        CommandRun run = CommandRun.of("", "decode", file.toString());
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("VT-d page request of 00:0a.0", "0x559ef6f97000", "recoverable");
        assertThat(run.err()).contains("truncated");
    }

    @ParameterizedTest
    @CsvSource({
        "no-such.log, no-such.log: no such file",
        "--raw lackey -, 'not one of prq, evtq, priq'",
        "--color blue -, 'not one of auto, always, never'",
        "--format lackey -, 'not one of prq, evtq, priq, text, auto, blocks, table, json'",
        "--raw evtq --json -, --raw and --json",
        "--raw evtq --summary -, --raw and --json",
        "--plot faults.gif -, a picture is .svg or .png",
        "--explain C_BAD_ST, near are C_BAD_STE",
        "--no-such-option -, see iopf help decode",
        "'', see iopf help decode"
    })
    void badUsageIsRefusedInOneLine(String arguments, String message) {
        CommandRun run = CommandRun.of("", ("decode " + arguments).strip().split(" "));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement(STRING).contains(message);
    }

    /** A log of a kind that iopf doesn't know: exit 0, and the line with the reason. */
    @Test
    void linesThatLookLikeAnIommusAreListed() {
        CommandRun run = CommandRun.of("omap-iommu 58882000.mmu: iommu fault: da 0xe8000000\n", "decode", "-");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .contains("no fault of a kind that iopf knows", "line 1: omap-iommu", "no driver's message");
    }

    /** A directory: which files had something; the source of a program in it is passed over. */
    @Test
    void directoriesAreRead() throws Exception {
        Files.createDirectories(folder.resolve("sos/var/log"));
        file("sos/var/log/kern.log", FAULT);
        file("sos/var/log/boot.log", "nothing\n");
        file("sos/check.sh", "#!/bin/sh\n" + FAULT);
        Files.createSymbolicLink(folder.resolve("sos/loop"), folder.resolve("sos"));
        CommandRun run = CommandRun.of("", "decode", folder.resolve("sos").toString());
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("VT-d DMA fault of 07:00.0");
        assertThat(run.err()).contains("faults in").contains("kern.log").doesNotContain("boot.log");
        CommandRun json =
                CommandRun.of("", "decode", "--json", folder.resolve("sos").toString());
        assertThat(json.out().lines()).singleElement(STRING).contains("\"file\":\"", "kern.log\"");
    }

    @Test
    void binaryFilesAreRefused() throws Exception {
        Path file = Files.write(folder.resolve("x.bin"), new byte[64]);
        CommandRun run = CommandRun.of("", "decode", file.toString());
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("x.bin", "--format");
    }

    /** The example of the help is what happens: its log gives its output, and no line of it is broken. */
    @Test
    void exampleOfTheHelpIsReal() {
        List<String> help = CommandRun.of("", "help", "decode").out().lines().toList();
        int log = help.indexOf("Given these five lines of a log,") + 2;
        int said = help.indexOf("iopf decode says");
        int end = help.indexOf("Exit codes: 0 the input was read (a log without faults is one), 1 something broke,");
        String input = String.join("\n", help.subList(log, said - 1)).replaceAll("(?m)^  ", "") + "\n";
        List<String> expected = help.subList(said + 2, end - 1).stream()
                .map(line -> line.substring(2))
                .toList();
        assertThat(input.lines()).hasSize(5);
        assertThat(CommandRun.of(input, "decode", "-").out().lines()).startsWith(expected.toArray(String[]::new));
    }

    /** The same log as table: a heading, a row for each record, files told apart. */
    @Test
    void tableHasARowForEachRecord() throws Exception {
        CommandRun run = CommandRun.of("[    6.837625] " + FAULT + STALL, "decode", "--format", "table", "-");
        assertThat(run.exit()).isZero();
        List<String> rows = run.out().lines().toList();
        assertThat(rows).hasSize(3);
        assertThat(rows.get(0)).matches(" +line +time +device +address +access +what");
        assertThat(rows.get(1)).contains(" 1 ", "07:00.0", "0x69935000", "write", "VT-d DMA fault: PTE Write access");
        assertThat(rows.get(2)).contains(" 2 ", "stream 0x3501", "0xa50e0800", "read", "SMMUv3 event: F_TRANSLATION");
        String one = file("one.log", FAULT);
        String two = file("two.log", FAULT);
        assertThat(CommandRun.of("", "decode", "--format", "text", "--format", "table", one, two)
                        .out()
                        .lines())
                .hasSize(5)
                .contains(one, two);
    }

    /** How often each device faulted, first and last, how fast; first to look at is the device that faulted first. */
    @Test
    void summaryTellsTheStoryOfEachDevice() {
        StringBuilder log = new StringBuilder();
        log.append("[  100.000000] AMD-Vi: Completion-Wait loop timed out\n");
        for (int i = 0; i < 11; i++) {
            log.append("[  1%02d.500000] DMAR: [DMA Write NO_PASID] Request device [07:00.0] fault addr 0x6993%x000"
                            .formatted(10 + i, i))
                    .append(" [fault reason 0x05] PTE Write access is not set\n");
        }
        CommandRun run = CommandRun.of(log.toString(), "decode", "--summary", "-");
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .contains(
                        "12 records of 2 devices",
                        "07:00.0, 11 records in 10.00 s, 1/s",
                        "what     VT-d DMA fault: PTE Write access is not set, reason 0x05, 11 times",
                        "first    line 2, at 110.500000",
                        "last     line 12, at 120.500000",
                        "firmware region",
                        "start with the first fault, line 1, at 100.000000",
                        "IOTLB_INV_TIMEOUT");
        assertThat(CommandRun.of("nothing\n", "decode", "--summary", "-").out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "C_BAD_STE, 'C_BAD_STE, SMMUv3 event 0x04', stream table entry is invalid",
        "fault reason 0x6, 'fault reason 0x06, VT-d DMA fault', PTE Read access is not set",
        "Unhandled context fault, 'Unhandled context fault, driver''s message', FSR says why",
        "fsr=0x402, 'TF, bit of an SMMUv2''s fault status (FSR)', translation fault",
        "IO_PAGE_FAULT, 'IO_PAGE_FAULT, AMD-Vi event', the page isn't mapped"
    })
    void explainNeedsNoLog(String words, String title, String meaning) {
        CommandRun run = CommandRun.of("", "decode", "--explain", words);
        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines().findFirst()).contains(title);
        assertThat(run.out()).contains(meaning);
    }

    /** A picture of the faults beside the text; PNG is read back by Java's own reader. */
    @Test
    void plotIsDrawnBesideTheText() throws Exception {
        String log = "[    6.5] " + FAULT + "[    8.5] "
                + FAULT.replace("07:00.0", "08:00.1").replace("69935", "7a000");
        Path svg = folder.resolve("faults.svg");
        CommandRun run = CommandRun.of(log, "decode", "--plot", svg.toString(), "-");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("VT-d DMA fault of 07:00.0");
        String picture = Files.readString(svg);
        assertThat(javax.xml.parsers.DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(svg.toFile())
                        .getElementsByTagName("circle")
                        .getLength())
                .isEqualTo(4);
        assertThat(picture).contains("2 faults with an address, by time", "07:00.0", "08:00.1", "0x69935000");
        Path png = folder.resolve("faults.png");
        assertThat(CommandRun.of(log, "decode", "--summary", "--plot", png.toString(), "-")
                        .exit())
                .isZero();
        java.awt.image.BufferedImage image = javax.imageio.ImageIO.read(png.toFile());
        assertThat(image.getWidth()).isEqualTo(960);
        java.util.Set<Integer> colours = new java.util.HashSet<>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colours.add(image.getRGB(x, y) & 0xffffff);
            }
        }
        assertThat(colours).contains(0xffffff, 0x222222, 0x1f77b4, 0xd62728);
        assertThat(CommandRun.of(
                                log,
                                "decode",
                                "--plot",
                                folder.resolve("no/such.svg").toString(),
                                "-")
                        .err())
                .contains("can't be written");
    }

    /** A log of any length gives a picture of bounded size. */
    @Test
    void plotOfManyFaultsIsBounded() throws Exception {
        Path svg = folder.resolve("many.svg");
        StringBuilder log = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            log.append(FAULT.replace("69935", Integer.toHexString(0x10000 + i)));
        }
        CommandRun.of(log.toString(), "decode", "--summary", "--plot", svg.toString(), "-");
        String picture = Files.readString(svg);
        assertThat(picture).contains("20,000 faults with an address, by time");
        assertThat(picture.lines().filter(line -> line.startsWith("<circle"))).hasSizeBetween(1_000, 5_000);
    }

    @Test
    void suppressedMessagesAreTold() {
        CommandRun run = CommandRun.of("dmar_fault: 123 callbacks suppressed\n" + FAULT, "decode", "-");
        assertThat(run.err()).contains("the kernel suppressed 123 messages");
        assertThat(run.out()).contains("123 messages of the driver are missing before this one");
    }
}
