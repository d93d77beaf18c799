// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One line of every message that drivers have, filled in after the formats of Linux' drivers: what no collected log has.
 * Expected fields are written {@code name=value}; what stands in a line stands there for the field.
 */
class KernelMessagesTest {
    private static Arguments message(String line, String type, String fields) {
        return Arguments.of(line, type, fields);
    }

    static List<Arguments> messages() {
        return List.of(
                // drivers/iommu/arm/arm-smmu-v3: priq, evtq, gerror, cmdq
                message(
                        "arm-smmu-v3 smmu.0: \tsid 0x00000042.0x00007: [13L] unprivileged RW access at iova"
                                + " 0x00007f1234567000",
                        "smmuv3_pri",
                        "sid=0x42 ssid=0x7 prg_index=0xd last=true privilege=unpriv read=true write=true exec=false"
                                + " input_addr=0x7f1234567000"),
                message(
                        "arm-smmu-v3 smmu.0: \tsid 0x00000100.0x00000: [511] privileged X access at iova"
                                + " 0x0000000000000000",
                        "smmuv3_pri",
                        "sid=0x100 ssid=0x0 prg_index=0x1ff last=false privilege=priv read=false write=false exec=true"
                                + " input_addr=0x0"),
                message(
                        "arm-smmu-v3 smmu.0: EVTQ overflow detected -- events lost",
                        "queue_overflow",
                        "unit=smmu.0 queue=evtq"),
                message(
                        "arm-smmu-v3 smmu.0: PRIQ overflow detected -- requests lost",
                        "queue_overflow",
                        "unit=smmu.0 queue=priq"),
                message(
                        "arm-smmu-v3 smmu.0: unexpected global error reported (0x00000005), this could be serious",
                        "smmuv3_gerror",
                        "unit=smmu.0 status=0x00000005"),
                message(
                        "arm-smmu-v3 smmu.0: device has entered Service Failure Mode!",
                        "smmuv3_gerror",
                        "unit=smmu.0 error=Service_Failure_Mode"),
                message(
                        "arm-smmu-v3 smmu.0: GERROR MSI write aborted",
                        "smmuv3_gerror",
                        "unit=smmu.0 error=GERROR_MSI_write_aborted"),
                message(
                        "arm-smmu-v3 smmu.0: PRIQ write aborted -- events may have been lost",
                        "smmuv3_gerror",
                        "unit=smmu.0 error=PRIQ_write_aborted"),
                message(
                        "arm-smmu-v3 smmu.0: EVTQ write aborted -- events may have been lost",
                        "smmuv3_gerror",
                        "unit=smmu.0 error=EVTQ_write_aborted"),
                message(
                        "arm-smmu-v3 smmu.0: CMDQ error (cons 0x01000003): Illegal command",
                        "smmuv3_gerror",
                        "unit=smmu.0 error=CMDQ_error"),
                // drivers/iommu/intel: dmar.c, svm.c and prq.c, trace.h
                message("DMAR: DRHD: handling fault status reg 40402", "fault_status", "status=0x40402"),
                message(
                        "DMAR: VT-d detected Invalidation Queue Error: Reason 4",
                        "invalidation_error",
                        "error=queue reason=0x4"),
                message(
                        "DMAR: VT-d detected Invalidation Time-out Error: SID 3a18",
                        "invalidation_error",
                        "error=timeout sid=0x3a18"),
                message(
                        "DMAR: VT-d detected Invalidation Completion Error: SID ffff",
                        "invalidation_error",
                        "error=completion sid=0xffff"),
                message(
                        "DMAR: QI HEAD: PASID-based Device-TLB Invalidation qw0 = 0x3a0000000003, qw1 = 0x7ffffffffffff001",
                        "invalidation_descriptor",
                        "position=head desc=PASID-based_Device-TLB_Invalidation qw0=0x3a0000000003"
                                + " qw1=0x7ffffffffffff001"),
                message(
                        "DMAR: QI PRIOR: UNKNOWN qw0 = 0x0, qw1 = 0x0",
                        "invalidation_descriptor",
                        "position=prior desc=UNKNOWN qw0=0x0 qw1=0x0"),
                message(
                        "DMAR: VT-d detected invalid descriptor: qw0 = 100e2, qw1 = f9a00005",
                        "invalidation_descriptor",
                        "qw0=0x100e2 qw1=0xf9a00005"),
                // Type 1, PASID present, requester id 0x3a10, PASID 5; write, last of group 3, page 0x7f0000001.
                message(
                        "DMAR: dmar3: Invalid page request: 053a100101 7f000000101e",
                        "invalid_page_request",
                        "iommu=dmar3 rid=0x3a10 pasid=0x5 without_pasid=false exec=false priv=false"
                                + " qw0=0x000000053a100101 read=false write=true last=true prg_index=0x3"
                                + " addr=0x7f0000001000 qw1=0x00007f000000101e"),
                message(
                        "DMAR: dmar0: Page request without PASID: 3a100001 7f0000001005",
                        "invalid_page_request",
                        "iommu=dmar0 rid=0x3a10 without_pasid=true exec=false priv=false qw0=0x000000003a100001"
                                + " read=true write=false last=true prg_index=0x0 addr=0x7f0000001000"
                                + " qw1=0x00007f0000001005"),
                message("DMAR: IOMMU: dmar2: PRQ overflow detected", "queue_overflow", "unit=dmar2 queue=prq"),
                message(
                        "qi_submit: p_iotlb_inv dmar1: 0x20000000100f6 0x0 0x0 0x0",
                        "qi_submit",
                        "iommu=dmar1 desc=p_iotlb_inv"),
                message(
                        "qi_submit: page_grp_resp dmar10: 0x50000500039 0x8 0x0 0x0",
                        "qi_submit",
                        "iommu=dmar10 desc=page_grp_resp"),
                message(
                        "prq_report: dmar0/0000:00:0a.0 seq# 12: rid=0x50 addr=0x559ef6f97 -wxpl pasid=0x0 index=0x1ff"
                                + " private=0xdead/0xbeef",
                        "prq_report",
                        "iommu=dmar0 dev=0000:00:0a.0 seq=12 rid=0x50 addr=0x559ef6f97000 read=false write=true"
                                + " exec=true priv=true last=true pasid=0x0 prg_index=0x1ff private=0xdead/0xbeef"),
                // drivers/iommu/amd/iommu.c, ppr.c
                message(
                        "iommu ivhd0: AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=0000:c0:00.1 pasid=0x00003"
                                + " address=0xfffffffdf8140000 flags=0x0008]",
                        "amd_event",
                        "event=ILLEGAL_DEV_TABLE_ENTRY device=0000:c0:00.1 pasid=0x3 address=0xfffffffdf8140000"
                                + " flags=0x0008"),
                message(
                        "iommu ivhd0: AMD-Vi: Event logged [DEV_TAB_HARDWARE_ERROR device=0000:01:00.0 address=0x1000"
                                + " flags=0x0400]",
                        "amd_event",
                        "event=DEV_TAB_HARDWARE_ERROR device=0000:01:00.0 address=0x1000 flags=0x0400"),
                message(
                        "iommu ivhd0: AMD-Vi: Event logged [PAGE_TAB_HARDWARE_ERROR device=0000:01:00.0 pasid=0x0000"
                                + " address=0xab000 flags=0x0000]",
                        "amd_event",
                        "event=PAGE_TAB_HARDWARE_ERROR device=0000:01:00.0 address=0xab000 flags=0x0000"),
                message(
                        "iommu ivhd0: AMD-Vi: Event logged [ILLEGAL_COMMAND_ERROR address=0x100e60040]",
                        "amd_event",
                        "event=ILLEGAL_COMMAND_ERROR address=0x100e60040"),
                message(
                        "iommu ivhd0: AMD-Vi: Event logged [COMMAND_HARDWARE_ERROR address=0x100e60040 flags=0x0100]",
                        "amd_event",
                        "event=COMMAND_HARDWARE_ERROR address=0x100e60040 flags=0x0100"),
                message(
                        "iommu ivhd0: AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:03:00.0 address=0x102a2d1d0]",
                        "amd_event",
                        "event=IOTLB_INV_TIMEOUT device=0000:03:00.0 address=0x102a2d1d0"),
                message(
                        "iommu ivhd1: AMD-Vi: Event logged [INVALID_DEVICE_REQUEST device=0001:00:00.1 pasid=0xfffff"
                                + " address=0xfffffffdf8140200 flags=0x0a00]",
                        "amd_event",
                        "event=INVALID_DEVICE_REQUEST device=0001:00:00.1 pasid=0xfffff address=0xfffffffdf8140200"
                                + " flags=0x0a00"),
                message(
                        "iommu ivhd0: AMD-Vi: Event logged [INVALID_PPR_REQUEST device=0000:00:01.0 pasid=0x00012"
                                + " address=0x7f0000001000 flags=0x0050 tag=0x01f]",
                        "amd_event",
                        "event=INVALID_PPR_REQUEST device=0000:00:01.0 pasid=0x12 address=0x7f0000001000 tag=0x1f"
                                + " flags=0x0050"),
                message(
                        "nvme 0000:06:00.0: AMD-Vi: Event logged [RMP_PAGE_FAULT vmg_tag=0x0002, gpa=0x12345000,"
                                + " flags_rmp=0x0001, flags=0x0020]",
                        "amd_event",
                        "event=RMP_PAGE_FAULT device=0000:06:00.0 vmg_tag=0x2 gpa=0x12345000 flags_rmp=0x0001"
                                + " flags=0x0020"),
                message(
                        "AMD-Vi: Event logged [RMP_PAGE_FAULT device=0000:06:00.0, vmg_tag=0x0002, gpa=0x12345000,"
                                + " flags_rmp=0x0001, flags=0x0020]",
                        "amd_event",
                        "event=RMP_PAGE_FAULT device=0000:06:00.0 vmg_tag=0x2 gpa=0x12345000 flags_rmp=0x0001"
                                + " flags=0x0020"),
                message(
                        "AMD-Vi: Event logged [RMP_HW_ERROR device=06:00.0, vmg_tag=0x0000, spa=0x8000, flags=0x0100]",
                        "amd_event",
                        "event=RMP_HW_ERROR device=06:00.0 vmg_tag=0x0 spa=0x8000 flags=0x0100"),
                message(
                        "iommu ivhd0: AMD-Vi: Event logged [UNKNOWN event[0]=0x00000600 event[1]=0xf0000000"
                                + " event[2]=0x12345000 event[3]=0x00000000",
                        "amd_event",
                        "event=UNKNOWN event0=0x00000600 event1=0xf0000000 event2=0x12345000 event3=0x00000000"),
                message(
                        "AMD-Vi: PPR logged [Request ignored due to GN=0 (device=0000:00:01.0 pasid=0x00001"
                                + " address=0x1000 flags=0x0000 tag=0x001]",
                        "amd_ppr",
                        "problem=Request_ignored_due_to_GN=0 device=0000:00:01.0 pasid=0x1 address=0x1000 tag=0x1"
                                + " flags=0x0000"),
                message(
                        "AMD-Vi: PPR logged [Invalid request format (device=0000:00:01.0 pasid=0x00000 address=0x2000"
                                + " flags=0x0151 tag=0x3ff]",
                        "amd_ppr",
                        "problem=Invalid_request_format device=0000:00:01.0 address=0x2000 tag=0x3ff flags=0x0151"),
                message("AMD-Vi: IOMMU event log overflow", "queue_overflow", "queue=event"),
                message("AMD-Vi: IOMMU Event log restarting", "queue_overflow", "queue=event"),
                message("AMD-Vi: IOMMU PPR log restarting", "queue_overflow", "queue=ppr"),
                // drivers/iommu/riscv/iommu.c
                message(
                        "riscv,iommu 10010000.iommu: Fault 258 devid: 0x1f00 iotval: ffffffffc0001000 iotval2: 0",
                        "riscv_fault",
                        "cause=258 cause_name=DDT_entry_not_valid devid=0x1f00 iotval=0xffffffffc0001000 iotval2=0x0"),
                // include/trace/events/iommu.h
                message(
                        "kworker/3:1-88 [003] ..... 12.5: io_page_fault: IOMMU:smmu_master arm-smmu-test.0"
                                + " iova=0x00000000fe980000 flags=0x0001",
                        "io_page_fault",
                        "device=arm-smmu-test.0 iova=0xfe980000 flags=0x0001"));
    }

    private static Map<String, Object> fields(LogRecord record) {
        Map<String, Object> fields = FaultLogsTest.plain(record);
        fields.replaceAll((name, value) -> value.toString().replace(' ', '_'));
        return fields;
    }

    private static Map<String, Object> expected(String type, String fields) {
        Map<String, Object> expected = new LinkedHashMap<>(Map.of("type", type));
        for (String field : fields.split(" ")) {
            expected.put(field.substring(0, field.indexOf('=')), field.substring(field.indexOf('=') + 1));
        }
        return expected;
    }

    @ParameterizedTest
    @MethodSource("messages")
    void isDecodedFieldByField(String line, String type, String fields) {
        List<LogRecord> records = Decoded.text("[    1.000000] " + line + "\n");
        assertThat(records).hasSize(1);
        assertThat(fields(records.get(0))).isEqualTo(expected(type, fields));
        assertThat(records.get(0).complete()).isTrue();
    }

    /** Wherever a line breaks off: the right fields, or incomplete, and then of a number just the digits that are there. */
    @ParameterizedTest
    @MethodSource("messages")
    void neverSaysWhatACutLineDoesNot(String line, String type, String fields) {
        Map<String, Object> whole = expected(type, fields);
        for (int end = 0; end < line.length(); end++) {
            String cut = line.substring(0, end);
            for (LogRecord record : Decoded.text(cut)) {
                if (record.complete()) {
                    assertThat(fields(record)).as(cut).isEqualTo(whole);
                }
                assertThat(fields(record)).as(cut).allSatisfy((name, value) -> assertThat((String) whole.get(name))
                        .isNotNull()
                        .startsWith((String) value));
                assertThat(record.complete() || record.raw().isEmpty()).as(cut).isTrue();
            }
        }
    }

    @Test
    void recordsOfPageRequestsCanBeAnswered() {
        List<LogRecord> records = Decoded.text("""
                arm-smmu-v3 smmu.0: \tsid 0x00000042.0x00007: [13L] unprivileged RW access at iova 0x00007f1234567000
                prq_report: dmar0/0000:00:0a.0 seq# 1: rid=0x50 addr=0x559ef6f97 r---l pasid=0x2 index=0x1
                """);
        assertThat(records).allMatch(LogRecord::recoverable).allMatch(r -> r.raw()
                .isPresent());
        // IHI 0070, 8.1: StreamID, SubstreamID, read, write, last, SSV; PRG index and address.
        assertThat(records.get(0).raw().get().hex())
                .containsExactly(
                        "0x%016x".formatted(0x42L | 7L << 32 | 1L << 60 | 1L << 61 | 1L << 62 | 1L << 63),
                        "0x%016x".formatted(0x7f1234567000L | 13));
        // VT-d, 7.4.1.1: type 1, PASID present, requester id, PASID; read, last, PRG index, address.
        assertThat(records.get(1).raw().get().hex())
                .containsExactly(
                        "0x%016x".formatted(0x01L | 1 << 8 | 0x50 << 16 | 2L << 32),
                        "0x%016x".formatted(0x559ef6f97000L | 1 | 1 << 2 | 1 << 3),
                        "0x0000000000000000",
                        "0x0000000000000000");
    }
}
