// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf decode}, as people run it. */
class DecodeIT {
    private static final String LOG = """
            [    1.000000] usb 1-1: new high-speed USB device
            [    6.837625] DMAR: DRHD: handling fault status reg 2
            [    6.837629] DMAR: [DMA Write NO_PASID] Request device [07:00.0] fault addr 0x69935000 [fault reason 0x05] PTE Write access is not set
            [    7.837629] DMAR: [DMA Write NO_PASID] Request device [07:00.0] fault addr 0x69937000 [fault reason 0x05] PTE Write access is not set
            arm-smmu-v3 arm-smmu-v3.2.auto: event 0x10 received:
            arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000350100000010
            arm-smmu-v3 arm-smmu-v3.2.auto: \t0x000002088000003f
            arm-smmu-v3 arm-smmu-v3.2.auto: \t0x00000000a50e0800
            arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000000000000000
            """;

    @TempDir
    private Path folder;

    private static List<JsonObject> objects(Command run) {
        return run.out()
                .lines()
                .map(line -> Json.createReader(new StringReader(line)).readObject())
                .toList();
    }

    @Test
    void jsonIsOneObjectPerRecordAndLine() throws Exception {
        Path log = Files.writeString(folder.resolve("kern.log"), LOG);
        Command run = Command.run(folder, "decode", "--json", log).succeeded();
        List<JsonObject> records = objects(run);
        assertThat(run.err()).isEmpty();
        assertThat(records)
                .extracting(r -> r.getString("type"))
                .containsExactly("fault_status", "dma_fault", "dma_fault", "smmuv3_event");
        assertThat(records).extracting(r -> r.getInt("line")).containsExactly(2, 3, 4, 5);
        assertThat(records).allMatch(r -> r.getBoolean("complete"));
        assertThat(records.get(1).getString("bdf")).isEqualTo("07:00.0");
        JsonObject cause = records.get(1).getJsonArray("causes").getJsonObject(0);
        assertThat(cause.keySet()).containsExactlyInAnyOrder("cause", "fields", "check");
        assertThat(records.get(3).getBoolean("stall")).isTrue();
        assertThat(records.get(3).getInt("stage")).isEqualTo(1);
    }

    @Test
    void textFoldsRepetitionsAndSumsUpDevices() throws Exception {
        Command run = Command.feed(folder, LOG, "decode", "-").succeeded();
        assertThat(run.out())
                .contains("2 times", "0x69935000 to 0x69937000", "write to a read-only mapping", "stalled", "devices")
                .doesNotContain("\u001b");
        assertThat(Command.feed(folder, LOG, "decode", "--color", "always", "-")
                        .succeeded()
                        .out())
                .contains("\u001b[1m");
    }

    @Test
    void logWithoutFaultsIsNoError() throws Exception {
        Command run =
                Command.feed(folder, "usb 1-1: new device\n", "decode", "-").succeeded();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("no IOMMU fault", "standard input");
    }

    @Test
    void stalledRecordsGoIntoReplay() throws Exception {
        Path log = Files.writeString(folder.resolve("kern.log"), LOG);
        // The record goes through a file byte for byte: Command reads text.
        Process decode = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        Built.jar().toString(),
                        "decode",
                        "--raw",
                        "evtq",
                        log.toString())
                .redirectOutput(folder.resolve("stalls.evtq").toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(decode.waitFor()).isZero();
        ByteBuffer words = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("stalls.evtq")))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(words.remaining()).isEqualTo(32);
        assertThat(words.getLong(0)).isEqualTo(0x0000350100000010L);
        assertThat(words.getLong(16)).isEqualTo(0xa50e0800L);
        JsonObject summary = Command.run(folder, "replay", "--json", "-", "stalls.evtq")
                .succeeded()
                .json();
        assertThat(summary.getInt("requests")).isEqualTo(1);
        assertThat(summary.getJsonObject("responses").getInt("success")).isEqualTo(1);
    }

    @Test
    void dumpsAreDecodedToo() throws Exception {
        ByteBuffer dump = ByteBuffer.allocate(32)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, 1L | 1 << 8 | 0x50 << 16 | 2L << 32)
                .putLong(8, 0x559ef6f97000L | 1 << 3 | 1);
        Path file = Files.write(folder.resolve("dump.prq"), dump.array());
        JsonObject record = objects(
                        Command.run(folder, "decode", "--json", file).succeeded())
                .get(0);
        assertThat(record.getString("type")).isEqualTo("prq_report");
        assertThat(record.getString("rid")).isEqualTo("0x50");
        assertThat(record.getString("pasid")).isEqualTo("0x2");
        assertThat(record.getString("addr")).isEqualTo("0x559ef6f97000");
    }

    @Test
    void badInputIsRefusedInOneLine() throws Exception {
        Command.run(folder, "decode", "no-such.log").refused("no-such.log");
        Command.run(folder, "decode", "--raw", "lackey", "-").refused("--raw", "prq");
        Command.run(folder, "decode", "--color", "blue", "-").refused("--color");
        Command.run(folder, "decode", Files.write(folder.resolve("x.bin"), new byte[64]))
                .refused("x.bin", "--format");
    }

    @Test
    void helpShowsARealExample() throws Exception {
        String help = Command.run(folder, "help", "decode").succeeded().out();
        assertThat(help).contains("0x000002088000003f", "F_TRANSLATION", "--json");
    }
}
