// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStream;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.log.FaultLog;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Each container with each kind: what stands around a log changes no field of a record. */
class ContainersTest {
    /** One log of each kind, as the kernel prints it. */
    private static final List<String> KINDS = List.of(
            """
                    arm-smmu-v3 s.auto: event 0x10 received:
                    arm-smmu-v3 s.auto: \t0x0000350100000010
                    arm-smmu-v3 s.auto: \t0x000002088000003f
                    arm-smmu-v3 s.auto: \t0x00000000a50e0800
                    arm-smmu-v3 s.auto: \t0x0000000000000000""",
            "DMAR: [DMA Read NO_PASID] Request device [03:00.0] fault addr 0x100000 [fault reason 0x06] PTE Read access"
                    + " is not set",
            "DMAR: VT-d detected Invalidation Time-out Error: SID 3a18",
            "AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x000c address=0xffffffc1c0 flags=0x0020]",
            "arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0xfd7ff000, fsynr=0x540003,"
                    + " cbfrsynra=0x19c3, cb=10",
            "rk_iommu fe043e00.iommu: Page fault at 0x00000000ff801000 of type read",
            "mtk-iommu 10205000.iommu: fault type=0x5 iova=0xfcff0001 pa=0x0 larb=0 port=0 layer=1 read",
            "exynos-sysmmu 14860000.sysmmu: 14830000.decon: [READ] PAGE FAULT occurred at 0x6715b3e0",
            "apple-dart 285800000.iommu: translation fault: status:0x80040008 stream:0 code:0x8 (NO PTE FOR IOVA) at"
                    + " 0x28e084008",
            "ipmmu-vmsa eed40000.iommu: Unhandled fault: status 0x00001502 iova 0xfe000000",
            "riscv,iommu 10010000.iommu: Fault 258 devid: 0x1f00 iotval: ffffffffc0001000 iotval2: 0");

    private static final Map<String, UnaryOperator<String>> CONTAINERS = new LinkedHashMap<>();

    static {
        CONTAINERS.put("mail quoting", eachLine(s -> "> " + s));
        CONTAINERS.put("deep mail quoting", eachLine(s -> "> >>> >> >> > " + s));
        CONTAINERS.put("quoted-printable", eachLine(s -> s.replace("=", "=3D")));
        CONTAINERS.put("HTML", eachLine(s -> s.replace("&", "&amp;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("[", "&#91;")));
        CONTAINERS.put("Markdown", eachLine(s -> s.replaceAll("([_\\[\\]])", "\\\\$1")));
        CONTAINERS.put("Markdown code", eachLine(s -> "    " + s));
        CONTAINERS.put("short-precise", eachLine(s -> "May 26 08:37:36.123456 host kernel: " + s));
        CONTAINERS.put(
                "journal as JSON",
                eachLine(s -> "{\"__CURSOR\":\"s=0\",\"PRIORITY\":\"3\",\"MESSAGE\":\"" + s.replace("\t", "\\t")
                        + "\",\"_TRANSPORT\":\"kernel\"}"));
        CONTAINERS.put(
                "journal as JSON, bytes",
                eachLine(s -> "{\"MESSAGE\":"
                        + Arrays.toString(s.getBytes(StandardCharsets.US_ASCII)).replace(" ", "")
                        + ",\"PRIORITY\":\"3\"}"));
        CONTAINERS.put(
                "journal export", eachLine(s -> "__CURSOR=s=0\nPRIORITY=3\n_TRANSPORT=kernel\nMESSAGE=" + s + "\n"));
        CONTAINERS.put(
                "dmesg --json",
                eachLine(s -> "      },{\n         \"pri\": 6,\n         \"time\":    70.361893,\n         \"msg\": \""
                        + s.replace("\t", "\\t") + "\""));
        CONTAINERS.put("dmesg -x", eachLine(s -> "kern  :err   : [  129.597852] " + s));
        CONTAINERS.put("dmesg -T", eachLine(s -> "[Tue May 26 08:41:07 2026] " + s));
        CONTAINERS.put("logcat", eachLine(s -> "05-26 08:41:07.123     0     0 E         : " + s));
        CONTAINERS.put(
                "/dev/kmsg", eachLine(s -> "3,1234,5678901,-;" + s + "\n SUBSYSTEM=platform\n DEVICE=+platform:x"));
        CONTAINERS.put("serial console", eachLine(s -> "\r" + s + "\r"));
        CONTAINERS.put("bare carriage returns", s -> s.replace('\n', '\r'));
        CONTAINERS.put("colours", eachLine(s -> "\u001b[32m[  129.597852] \u001b[0m\u001b[33m" + s + "\u001b[0m"));
        CONTAINERS.put("byte order mark", s -> "\ufeff" + s);
    }

    private static UnaryOperator<String> eachLine(UnaryOperator<String> wrap) {
        return text -> text.lines().map(wrap).collect(Collectors.joining("\n"));
    }

    private static List<Map<String, Object>> fields(String text) {
        return Decoded.text(text).stream().map(FaultLogsTest::plain).toList();
    }

    @TestFactory
    Stream<DynamicTest> eachContainerWithEachKind() {
        List<DynamicTest> tests = new ArrayList<>();
        CONTAINERS.forEach((name, container) ->
                KINDS.forEach(kind -> tests.add(DynamicTest.dynamicTest(name + ": " + kind.substring(0, 30), () -> {
                    List<Map<String, Object>> plain = fields(kind + "\n");
                    assertThat(plain).hasSize(1);
                    String text = container.apply(kind) + "\n";
                    assertThat(fields(text)).as(text).isEqualTo(plain);
                }))));
        return tests.stream();
    }

    /** The four files of the shared data; the expected fields were read from the files by hand. */
    @ParameterizedTest
    @CsvSource({
        "fmt-dmesg-json-smmu.log, smmuv3_event, sid=0x20600 input_addr=0xff9bc000 access=write",
        "fmt-journal-json-smmu.log, smmuv3_event, sid=0x7410 input_addr=0xabff7000 access=write",
        "fmt-utf16.log, dma_fault, bdf=03:00.0 addr=0x100000 reason_code=0x71",
        "fmt-md-escaped.log, amd_event, device=0000:01:00.0 domain=0xb address=0xfc189000 flags=0x0000"
    })
    void sharedContainersAreRight(String file, String type, String fields) throws IOException {
        List<LogRecord> records = new ArrayList<>();
        try (TraceFile in = TraceFile.of(file, getClass().getResourceAsStream("/log-containers/" + file))) {
            new FaultLog(records::add).readText(in, () -> {});
        }
        LogRecord last = records.get(records.size() - 1);
        assertThat(last.type().jsonName()).isEqualTo(type);
        for (String field : fields.split(" ")) {
            assertThat(last.text(field.replaceAll("=.*", ""))).isEqualTo(field.replaceAll(".*=", ""));
        }
        assertThat(records).hasSize(file.contains("smmu") ? 1 : 2);
    }

    private interface Packer {
        OutputStream open(OutputStream out) throws IOException;
    }

    private static List<LogRecord> packed(String text, Packer packer, int cut) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = packer.open(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        byte[] file = Arrays.copyOf(bytes.toByteArray(), bytes.size() - cut);
        List<LogRecord> records = new ArrayList<>();
        try (TraceFile in = TraceFile.of("packed", new ByteArrayInputStream(file))) {
            new FaultLog(records::add).readText(in, () -> {});
            assertThat(in.cut()).isEqualTo(cut > 0);
        }
        return records;
    }

    @Test
    void compressedLogsAreUnpacked() throws IOException {
        for (String kind : KINDS) {
            assertThat(packed(kind + "\n", GZIPOutputStream::new, 0)).hasSize(1);
            assertThat(packed(kind + "\n", out -> new XZOutputStream(out, new LZMA2Options()), 0))
                    .hasSize(1);
            assertThat(packed(kind + "\n", ZstdOutputStream::new, 0)).hasSize(1);
        }
    }

    @Test
    void compressedLogsThatBreakOff_areReadUpToThere() throws IOException {
        String text = (KINDS.get(1) + "\n").repeat(10) + "x".repeat(1000);
        assertThat(packed(text, GZIPOutputStream::new, 9)).hasSizeGreaterThan(0);
        assertThat(packed(text, out -> new XZOutputStream(out, new LZMA2Options()), 30))
                .isNotNull();
        assertThat(packed(text, ZstdOutputStream::new, 4)).isNotNull();
    }
}
