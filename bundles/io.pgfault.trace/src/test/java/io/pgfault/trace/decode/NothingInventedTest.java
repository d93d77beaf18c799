// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.log.FaultLog;
import io.pgfault.trace.log.UndecodedLine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs, patterns and templates that have a driver's words tell of no fault. */
class NothingInventedTest {
    private static List<LogRecord> records(Path file) {
        List<LogRecord> records = new ArrayList<>();
        try (TraceFile in = TraceFile.open(file)) {
            if (!FaultLog.isSource(in.head())) {
                new FaultLog(records::add).readText(in, () -> {});
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return records;
    }

    /** Every source file of this repository: many hold whole logs in their tests. */
    @Test
    void sourcesOfThisRepositoryGiveNoRecord() throws IOException {
        Path top = Path.of("").toAbsolutePath();
        while (!Files.exists(top.resolve("LICENSE"))) {
            top = top.getParent();
        }
        List<String> invented = new ArrayList<>();
        try (Stream<Path> files = Files.walk(top)) {
            List<Path> sources = files.filter(Files::isRegularFile)
                    .filter(f ->
                            !f.toString().contains("/target/") && !f.toString().contains("/.git/"))
                    .filter(f -> f.toString().matches(".*\\.(java|xml|bnd|bndrun|json|properties|sh|py)|.*/iopf"))
                    .toList();
            assertThat(sources).hasSizeGreaterThan(300);
            for (Path source : sources) {
                records(source).forEach(r -> invented.add(source + ":" + r.line() + " " + r.fields()));
            }
        }
        assertThat(invented).isEmpty();
    }

    /** Lines of shell scripts, of searches, of drivers and of test programs, each alone, as a part of a longer file. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ignore_str=\"$ignore_str\"'|DMAR: DRHD: handling fault status reg 3'",
                "ignore_str=\"$ignore_str\"'|DMAR: \\\\[DMA Read .*\\\\] Request device'",
                "grep -q 'DMAR: DRHD: handling fault status reg 2' /var/log/kern.log",
                "dmesg | grep -E \"AMD-Vi: Completion-Wait loop timed out\"",
                "if (strstr(line, \"AMD-Vi: Completion-Wait loop timed out\"))",
                "\tpr_err(\"AMD-Vi: Completion-Wait loop timed out\\n\");",
                "\tpr_err(\"Completion-Wait loop timed out\\n\");",
                "\t\"Unhandled context fault: fsr=0x%x, iova=0x%08lx, fsynr=0x%x, cbfrsynra=0x%x, cb=%d\\n\",",
                "\tdev_info(smmu->dev, \"event 0x%02x received:\\n\", id);",
                "\tdev_err(iommu->dev, \"Page fault at %pad of type %s\\n\",",
                "\tpr_err(\"DMAR: [DMA %s NO_PASID] Request device [%02x:%02x.%d] fault addr 0x%llx [fault reason 0x%02x] %s\\n\",",
                "\tdev_err(dev, \"Event logged [IO_PAGE_FAULT domain=0x%04x address=0x%llx flags=0x%04x]\\n\",",
                "TP_printk(\"IOMMU:%s %s iova=0x%016llx flags=0x%04x\",",
                "DMAR: [DMA Read] Request device [BB:DD.F] fault addr ADDRESS [fault reason NN] REASON",
                "AMD-Vi: Event logged [IO_PAGE_FAULT device=xx:yy.z domain=0x.... address=0x........ flags=0x....]",
                "arm-smmu-v3 <unit>: event 0xNN received:",
                "sed -n '/EVTQ overflow detected/p'",
                "awk '/Event logged .IO_PAGE_FAULT device=05:00.0 domain=0x000c address=0x1000 flags=0x0020./'",
                "if grep -Fq 'AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x000c address=0x1000 flags=0x0020]' x",
                "\tdev_err(data->sysmmu, \"%s: [%s] %s FAULT occurred at %#x\\n\",",
                "\tdev_err(iommu->dev, \"BUS_ERROR occurred at %pad\\n\", &iova);",
                "\tdev_err(iommu->dev, \"Page fault for %pad (master %d, dir %s)\\n\",",
                "\tpr_err(\"IOMMU: %s: Page request in Privilege Mode\\n\", iommu->name);",
                "TP_printk(\"IOMMU: iova=0x%016llx - 0x%016llx size=%zu unmapped_size=%zu\",",
                "\tprintk(KERN_WARNING \"%s: %d callbacks suppressed\\n\", func, rs->missed);",
                "riscv_iommu_flt(unsigned b) \"%s: fault %04x:%02x.%u reason: 0x%\"PRIx64\" iova: 0x%\"PRIx64",
                "assertThat(log).contains(\"DMAR: IOMMU: dmar0: Page request in Privilege Mode\");",
                "echo \"arm-smmu-v3 smmu: EVTQ overflow detected -- events lost\""
            })
    void linesOfProgramsGiveNoRecord(String line) {
        assertThat(Decoded.text("some text before\n" + line + "\nsome text behind\n"))
                .isEmpty();
        assertThat(Decoded.text(line)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "// SPDX-License-Identifier: GPL-2.0-only\n",
                "/* SPDX-License-Identifier: GPL-2.0 */\n",
                ".. SPDX-License-Identifier: GPL-2.0\n\n",
                "#!/bin/sh\n",
                "# SPDX-License-Identifier: GPL-2.0\n",
                "#include <linux/iommu.h>\n",
                "/*\n * CPU-agnostic ARM page table allocator.\n *\n * Copyright\n */\n\n#include <linux/bits.h>\n",
                "package org.example;\n",
                "import os\nimport re\n",
                "=================\nx86 IOMMU Support\n=================\n",
                "Linux IOMMU Support\n===================\n\nThe architecture spec can be obtained from below.\n"
            })
    void sourcesAreKnownByTheirStart(String head) {
        String fault = "DMAR: [DMA Read] Request device [00:02.0] fault addr 6df084000 [fault reason 06] x\n";
        assertThat(FaultLog.isSource((head + fault).getBytes(StandardCharsets.UTF_8)))
                .isTrue();
        assertThat(FaultLog.isSource(fault.getBytes(StandardCharsets.UTF_8))).isFalse();
    }

    private static FaultLog read(String text) throws IOException {
        FaultLog log = new FaultLog(r -> {});
        try (TraceFile in = TraceFile.of("x", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))) {
            log.readText(in, () -> {});
        }
        return log;
    }

    /** The lines that look like an IOMMU's are listed, each with its reason; other lines are not. */
    @Test
    void undecodedLinesAreListedWithTheReason() throws IOException {
        FaultLog log = read("""
                [    0.000000] DMAR: Host address width 39
                [    1.000000] usb 1-1: device descriptor read error -71
                [    2.000000] omap-iommu 58882000.mmu: iommu fault: da 0xe8000000
                [    3.000000] DMAR: [DMA Read NO_PASID] Request device [xx:yy.z] fault addr
                """);
        assertThat(log.undecoded()).extracting(UndecodedLine::line).containsExactly(3L, 4L);
        assertThat(log.undecoded()).extracting(UndecodedLine::reason).allMatch(reason -> !reason.isBlank());
        assertThat(read("all is well\n".repeat(10_000)).undecoded()).isEmpty();
    }
}
