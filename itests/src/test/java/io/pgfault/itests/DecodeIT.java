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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code iopf decode} as a process: what its unit tests can't tell, that the streams, the pipe and the heap of a
 * process of its own do. A process takes seconds to start, so each test looks at all that its run shows.
 */
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

    @Test
    void severalFilesBecomeOneObjectPerRecordAndLine() throws Exception {
        Path log = Files.writeString(folder.resolve("kern.log"), LOG);
        ByteBuffer request = ByteBuffer.allocate(32)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, 1L | 1 << 8 | 0x50 << 16 | 2L << 32)
                .putLong(8, 0x559ef6f97000L | 1 << 3 | 1);
        Path dump = Files.write(folder.resolve("dump.prq"), request.array());
        Command run = Command.run(folder, "decode", "--json", log, dump).succeeded();
        List<JsonObject> records = run.out()
                .lines()
                .map(line -> Json.createReader(new StringReader(line)).readObject())
                .toList();
        assertThat(run.err()).isEmpty();
        assertThat(records)
                .extracting(r -> r.getString("type"))
                .containsExactly("fault_status", "dma_fault", "dma_fault", "smmuv3_event", "prq_report");
        assertThat(records).extracting(r -> r.getInt("line")).containsExactly(2, 3, 4, 5, 1);
        assertThat(records).allMatch(r -> r.getBoolean("complete"));
        assertThat(records.get(1).getString("bdf")).isEqualTo("07:00.0");
        JsonObject cause = records.get(1).getJsonArray("causes").getJsonObject(0);
        assertThat(cause.keySet()).containsExactlyInAnyOrder("cause", "fields", "check");
        assertThat(records.get(3).getBoolean("stall")).isTrue();
        assertThat(records.get(3).getInt("stage")).isEqualTo(1);
        assertThat(records.get(4).getString("rid")).isEqualTo("0x50");
        assertThat(records.get(4).getString("pasid")).isEqualTo("0x2");
        assertThat(records.get(4).getString("addr")).isEqualTo("0x559ef6f97000");
    }

    @Test
    void textFoldsRepetitionsAndSumsUpDevices() throws Exception {
        Command run = Command.feed(folder, LOG, "decode", "-").succeeded();
        assertThat(run.out())
                .contains("2 times", "0x69935000 to 0x69937000", "write to a read-only mapping", "stalled", "devices")
                .doesNotContain("\u001b");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void stalledRecordsArePipedIntoReplay() throws Exception {
        Files.writeString(folder.resolve("kern.log"), LOG);
        String iopf = "'" + String.join("' '", Command.line()) + "' ";
        Path out = folder.resolve("out.json");
        Process pipe = new ProcessBuilder(
                        "sh", "-c", iopf + "decode --raw evtq kern.log | " + iopf + "replay --format evtq --json - -")
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
        assertThat(pipe.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(pipe.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
        JsonObject summary =
                Json.createReader(new StringReader(Files.readString(out))).readObject();
        assertThat(summary.getInt("requests")).isEqualTo(1);
        assertThat(summary.getJsonObject("responses").getInt("success")).isEqualTo(1);
    }
}
