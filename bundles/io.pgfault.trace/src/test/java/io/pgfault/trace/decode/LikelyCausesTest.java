// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Likely causes: each from what suggests it, and not from what doesn't. */
class LikelyCausesTest {
    private static final String STALE = "stale DMA after unmap";
    private static final String READ_ONLY = "write to a read-only mapping";

    private static LogRecord only(String text) {
        List<LogRecord> records = Decoded.text(text);
        assertThat(records).hasSize(1);
        return records.get(0);
    }

    private static List<String> causes(LogRecord record) {
        assertThat(record.causes()).allSatisfy(cause -> {
            assertThat(cause.check()).isNotBlank();
            assertThat(cause.fields()).isNotEmpty();
            assertThat(record.fields().keySet()).containsAll(cause.fields());
        });
        return record.causes().stream()
                .map(cause -> cause.cause().replaceAll(":.*", ""))
                .toList();
    }

    private static String event(int id, String word1, String address) {
        return """
                arm-smmu-v3 s: event 0x%02x received:
                arm-smmu-v3 s: \t0x00000900000000%02x
                arm-smmu-v3 s: \t%s
                arm-smmu-v3 s: \t%s
                arm-smmu-v3 s: \t0x0000000000000000
                """.formatted(id, id, word1, address);
    }

    /** {@code flags} of AMD: 0x10 present, 0x20 write, 0x40 not permitted, 0x08 interrupt. */
    private static List<String> amd(String address, String flags) {
        return causes(only("AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x000c address=%s flags=%s]\n"
                .formatted(address, flags)));
    }

    private static List<String> dmar(String kind, String address, String reason) {
        return causes(only("DMAR: [DMA %s] Request device [02:00.0] fault addr %s [fault reason %s] text\n"
                .formatted(kind, address, reason)));
    }

    @ParameterizedTest
    @CsvSource({
        "0x02, the stream table has no entry for this stream id",
        "0x04, the stream's table entry is invalid",
        "0x05, the device uses ATS although it isn't enabled for the stream",
        "0x08, the device sends a substream id (PASID) that the stream isn't set up for",
        "0x0a, the context descriptor is invalid"
    })
    void smmuv3Configuration(String id, String cause) {
        assertThat(causes(only(event(Integer.decode(id), "0x0000000000000000", "0x0000000000000000"))))
                .containsExactly(cause);
    }

    @Test
    void addressZero() {
        assertThat(amd("0x0", "0x0020")).containsExactly("address zero, or near");
        assertThat(dmar("Read NO_PASID", "0x0", "0x06")).containsExactly("address zero, or near");
        assertThat(causes(only(event(0x10, "0x0000020800000000", "0x0000000000000040"))))
                .containsExactly("address zero, or near");
        assertThat(causes(only("Fault 13 devid: 0x10 iotval: 100 iotval2: 0\n")))
                .containsExactly("address zero, or near");
        assertThat(causes(only("io_page_fault: IOMMU:nvme 0000:01:00.0 iova=0x0000000000000000 flags=0x0000\n")))
                .containsExactly("address zero, or near");
    }

    @Test
    void staleDmaAfterUnmap() {
        assertThat(amd("0xfe721040", "0x0020")).containsExactly(STALE);
        assertThat(dmar("Read NO_PASID", "0xfe721000", "0x06")).containsExactly(STALE);
        assertThat(causes(only(event(0x10, "0x0000020000000000", "0x00000000fe721040"))))
                .containsExactly(STALE);
    }

    /** Only an exact address tells: VT-d reports the page. Only a read runs ahead. */
    @Test
    void justPastAMapping() {
        assertThat(amd("0xffa09000", "0x0000")).containsExactly(STALE, "just past a mapping");
        assertThat(causes(only(event(0x10, "0x0000020800000000", "0x00000000ffa09000"))))
                .containsExactly(STALE, "just past a mapping");
        assertThat(amd("0xffa09040", "0x0000")).containsExactly(STALE);
        assertThat(amd("0xffa09000", "0x0020")).containsExactly(STALE);
        assertThat(dmar("Read NO_PASID", "0xffa09000", "0x06")).containsExactly(STALE);
    }

    @Test
    void beyondTheDmaMask() {
        assertThat(amd("0xffffffff00000000", "0x0000")).containsExactly("beyond the DMA mask", STALE);
        assertThat(dmar("Read", "ffffc030b000", "06")).containsExactly("beyond the DMA mask", STALE);
        assertThat(dmar("Read NO_PASID", "0x8000000000", "0x04")).containsExactly("beyond the DMA mask");
        assertThat(causes(only(event(0x11, "0x0000020000000000", "0x0000f00000000000"))))
                .containsExactly("beyond the DMA mask");
        assertThat(amd("0x7f1234567000", "0x0020")).containsExactly(STALE);
    }

    /** That the page is there and not granted must be certain. */
    @Test
    void writeToAReadOnlyMapping() {
        assertThat(amd("0xfb294f50", "0x0070")).containsExactly(READ_ONLY);
        assertThat(amd("0xfb294f50", "0x0030")).isEmpty();
        assertThat(amd("0xfec0c400", "0x0050")).containsExactly("read of a mapping that is write-only for the device");
        assertThat(causes(only(event(0x13, "0x0000020000000000", "0x00000000fe721040"))))
                .containsExactly(READ_ONLY);
        assertThat(causes(only(event(0x13, "0x0000020800000000", "0x00000000fe721040"))))
                .containsExactly("access that the mapping doesn't grant");
        assertThat(dmar("Write NO_PASID", "0xfe721000", "0x05")).containsExactly(STALE, READ_ONLY);
        assertThat(dmar("Write PASID 0x2", "0x7f0000001000", "0x85")).containsExactly(READ_ONLY);
        assertThat(dmar("Read NO_PASID", "0xfe721000", "0x06")).doesNotContain(READ_ONLY);
    }

    /** Addresses of memory below 4 GiB that the kernel doesn't give out, and not a process's. */
    @Test
    void firmwareRegion() {
        assertThat(dmar("Read NO_PASID", "0x69935000", "0x06")).containsExactly("firmware region", STALE);
        assertThat(dmar("Read PASID 0x2", "0x69935000", "0x06")).containsExactly(STALE);
        assertThat(dmar("Read NO_PASID", "0xfff00000", "0x06")).containsExactly(STALE);
    }

    @Test
    void deviceNeverEnabled() {
        String cause = "the device does DMA without having been enabled";
        assertThat(dmar("Write NO_PASID", "0x106f06000", "0x39")).containsExactly(cause);
        assertThat(dmar("Read", "791dd000", "02")).containsExactly(cause);
        assertThat(causes(only("AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=c0:00.1 pasid=0x00000"
                        + " address=0xfffffffdf8140000 flags=0x0008]\n")))
                .containsExactly("the device's table entry doesn't allow this request");
        assertThat(causes(only("Fault 258 devid: 0x10 iotval: 82d00000 iotval2: 0\n")))
                .containsExactly("the device's or the process's table entry is missing or wrong");
    }

    @Test
    void interrupts() {
        String line = "DMAR: [INTR-REMAP] Request device [3d:00.0] fault index 0x8200 [fault reason %s] text\n";
        assertThat(causes(only(line.formatted("0x25")))).containsExactly("interrupt with a compatibility format");
        assertThat(causes(only(line.formatted("37")))).containsExactly("interrupt with a compatibility format");
        assertThat(causes(only(line.formatted("0x22")))).containsExactly("interrupt whose table entry is gone");
        assertThat(causes(only(line.formatted("0x26"))))
                .containsExactly("interrupt from another requester id than the entry is for");
        assertThat(amd("0xfffffffdf8030000", "0x0008"))
                .containsExactly("interrupt that the remapping table doesn't allow, not a DMA fault");
        assertThat(dmar("Write NO_PASID", "0xfee00000", "0x05"))
                .containsExactly("address of x86 interrupts", STALE, READ_ONLY);
    }

    @Test
    void unitsThemselves() {
        String error = "DMAR: VT-d detected Invalidation %s Error: %s\n";
        assertThat(causes(only(error.formatted("Time-out", "SID 3a18"))))
                .containsExactly("the device doesn't answer invalidations of its address cache");
        assertThat(causes(only(error.formatted("Time-out", "SID ffff"))))
                .containsExactly("the unit's registers read as all ones");
        assertThat(causes(only(error.formatted("Queue", "Reason f"))))
                .containsExactly("the unit's registers read as all ones");
        assertThat(causes(only(error.formatted("Queue", "Reason 4")))).isEmpty();
        assertThat(causes(only("arm-smmu-v3 s: EVTQ overflow detected -- events lost\n")))
                .containsExactly("more faults than the kernel could read; records are lost");
        assertThat(causes(only("AMD-Vi: PPR logged [Request ignored due to GN=0 (device=0000:00:01.0 pasid=0x00000"
                        + " address=0x1000 flags=0x0000 tag=0x001]\n")))
                .containsExactly("page request without a PASID");
    }

    /** What is incomplete suggests nothing that needs what is missing. */
    @Test
    void nothingFromMissingFields() {
        assertThat(causes(only("DMAR: [DMA Write NO_PASID] Request device [02:00.0] fault addr\n")))
                .isEmpty();
        assertThat(causes(only("AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x000c address=0x0\n")))
                .isEmpty();
    }
}
