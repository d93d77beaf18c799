// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf replay} of what kernels print. */
@ExtendWith(RunningJar.Once.class)
class LogReplayIT {
    /** Two page requests, one group. */
    private static final String FTRACE = """
            # tracer: nop
             irq/31-dmar0-prq-412 [003] ..... 812.10: prq_report: dmar0/0000:00:0a.0 seq# 1: rid=0x50 addr=0x559ef6f97 r---- pasid=0x2 index=0x1
             irq/31-dmar0-prq-412 [003] ..... 812.11: prq_report: dmar0/0000:00:0a.0 seq# 2: rid=0x50 addr=0x559ef6f9c rw--l pasid=0x2 index=0x1
            """;

    /** Two stalls, an event that lacks a word, two events that take no answer, and other lines. */
    private static final String DMESG = """
            [382663.100000] hns3 0000:35:00.0: reset done
            [382663.191495] arm-smmu-v3 arm-smmu-v3.2.auto: event 0x10 received:
            [382663.336320] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000350100000010
            [382663.349860] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x000002088000003f
            [382663.362217] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x00000000a50e0800
            [382663.370690] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000000000000000
            [382663.371000] arm-smmu-v3 arm-smmu-v3.34.auto: event 0x0a received:
            [382663.371001] arm-smmu-v3 arm-smmu-v3.34.auto: \t0x00007f220000280a
            [382663.371002] arm-smmu-v3 arm-smmu-v3.34.auto: \t0x000010000000007e
            [382663.565023] arm-smmu-v3 arm-smmu-v3.2.auto: event 0x10 received:
            [382663.575860] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000350100000010
            [382663.585248] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000020880000436
            [382663.595860] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x00000000a50a0880
            [382663.804870] arm-smmu-v3 arm-smmu-v3.2.auto: \t0x0000000000000000
            Nov 22 10:00:00 host kernel: arm-smmu-v3 fc900000.iommu: event 0x10 received:
            Nov 22 10:00:00 host kernel: arm-smmu-v3 fc900000.iommu:      0x0000010000000010
            Nov 22 10:00:00 host kernel: arm-smmu-v3 fc900000.iommu:      0x0000020000000000
            Nov 22 10:00:00 host kernel: arm-smmu-v3 fc900000.iommu:      0x000000090000f040
            Nov 22 10:00:00 host kernel: arm-smmu-v3 fc900000.iommu:      0x0000000000000000
            arm-smmu-v3 fc900000.iommu: event: F_TRANSLATION client: 0000:01:00.0 sid: 0x100 ssid: 0x0 iova: 0x90000f040 ipa: 0x0
            arm-smmu-v3 arm-smmu-v3.0.auto: event 0x02 received:
            arm-smmu-v3 arm-smmu-v3.0.auto: 0x0000090000000002
            arm-smmu-v3 arm-smmu-v3.0.auto: 0x0000000000000000
            arm-smmu-v3 arm-smmu-v3.0.auto: 0x0000000000000000
            arm-smmu-v3 arm-smmu-v3.0.auto: 0x0000000000000000
            """;

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    LogReplayIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @Test
    void v07_prqReportEventsAreAnswered() throws Exception {
        Path file = Files.writeString(folder.resolve("trace.txt"), FTRACE);
        Path answers = folder.resolve("answers.bin");
        JsonObject json = iopf.run("replay", "--responses", answers, "--json", "-", file)
                .succeeded()
                .json();
        assertThat(json.getString("format")).isEqualTo("ftrace");
        assertThat(json.getString("backend")).isEqualTo("vtd");
        assertThat(json.getInt("requests")).isEqualTo(2);
        assertThat(json.getInt("groups")).isEqualTo(1);
        assertThat(json.getInt("pagesPopulated")).isEqualTo(2);
        // Type 9, PASID present, requester id 0x50, PASID 2, Success; group 1.
        assertThat(Dumps.sorted(Files.readAllBytes(answers), 4))
                .containsExactly("0000000200500019 0000000000000008 0000000000000000 0000000000000000");
    }

    @Test
    void a01_a02_rawEventsOfAKernelLogAreAnsweredOrCounted() throws Exception {
        Path file = Files.writeString(folder.resolve("messages"), DMESG);
        Path answers = folder.resolve("answers.bin");
        for (String format : List.of("auto", "dmesg")) {
            Command run = iopf.run("replay", "--format", format, "--responses", answers, "--json", "-", file)
                    .succeeded();
            JsonObject json = run.json();
            assertThat(json.getString("format")).isEqualTo("dmesg");
            assertThat(json.getString("backend")).isEqualTo("smmuv3");
            assertThat(json.getInt("records")).isEqualTo(4);
            assertThat(json.getInt("requests")).isEqualTo(2);
            assertThat(json.getInt("groups")).isEqualTo(2);
            assertThat(json.getInt("unrecoverable")).isEqualTo(2);
            assertThat(json.getJsonObject("responses").getInt("success")).isEqualTo(2);
            // CMD_RESUME, retry, StreamID 0x3501; the stall tags.
            assertThat(Dumps.sorted(Files.readAllBytes(answers), 2))
                    .containsExactly("0000350100001044 000000000000003f", "0000350100001044 0000000000000436");
            assertThat(run.err()).contains("messages", "left out 1 event").doesNotContain("0 earlier");
        }
    }

    @Test
    void aLogWithoutAnEventIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("quiet.dmesg"), "[    0.000000] Linux version 6.9\n");
        iopf.run("replay", file).refused("quiet.dmesg", "line 1", "event");
    }
}
