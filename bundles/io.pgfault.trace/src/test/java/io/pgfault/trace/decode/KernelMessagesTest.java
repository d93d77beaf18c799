// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.vtd.spec.table.FaultRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One line of every message that drivers have, filled in after the formats of Linux' drivers: what no collected log
 * has. Expected fields are written {@code name=value}; what stands in a line stands there for the field.
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
                        "unit=smmu.0 error=CMDQ_error:_Illegal_command cons=0x01000003"),
                // drivers/iommu/intel: dmar.c, svm.c and prq.c, trace.h
                message("DMAR: DRHD: handling fault status reg 40402", "fault_status", "status=0x40402"),
                // What the driver of this project logs of a fault recording register.
                message(
                        FaultRecord.text(0x5000, FaultRecord.word1(0x0308, 9, 0x71, true, 1, false, false)),
                        "dma_fault",
                        "bdf=03:01.0 access=read pasid=0x9 addr=0x5000 reason_code=0x71"
                                + " reason_name=SM:_Present_bit_in_first-level_paging_entry_is_clear"),
                message(
                        FaultRecord.text(0xffff_f000L, FaultRecord.word1(0x0308, -1, 0x05, false, 0, false, false)),
                        "dma_fault",
                        "bdf=03:01.0 access=write addr=0xfffff000 reason_code=0x05"
                                + " reason_name=PTE_Write_access_is_not_set"),
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
                // drivers/iommu/arm/arm-smmu: context and global faults, old to new
                message(
                        "arm-smmu 5000000.iommu: Unhandled context fault: iova=0x3f5c1000, fsynr=0x11, cb=3",
                        "smmuv2_context_fault",
                        "unit=5000000.iommu iova=0x3f5c1000 fsynr=0x11 access=write cb=3"),
                message(
                        "arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x80000408, iova=0x9f8000000,"
                                + " fsynr=0x3b0013, cbfrsynra=0x10405, cb=0",
                        "smmuv2_context_fault",
                        "unit=15000000.iommu sid=0x405 iova=0x9f8000000 fsr=0x80000408 fsynr=0x3b0013 access=write"
                                + " cb=0"),
                message(
                        "arm-smmu 12000000.iommu: Unhandled context fault: fsr=0x402, iova=0x00000000, fsynr=0x1,"
                                + " cb=2, sid=4(0x4 - NVENC), pgd=0, pud=0, pmd=0, pte=0",
                        "smmuv2_context_fault",
                        "unit=12000000.iommu sid=0x4 client=NVENC iova=0x0 fsr=0x402 fsynr=0x1 access=read cb=2"),
                message(
                        "arm-smmu fd800000.smmu: Blocked unknown Stream ID 0x14e0; boot with"
                                + " \"arm-smmu.disable_bypass=0\" to allow, but this may have security implications",
                        "smmuv2_global_fault",
                        "unit=fd800000.smmu sid=0x14e0 what=unknown_stream"),
                // drivers/iommu: rockchip, mtk, exynos, apple-dart, ipmmu-vmsa, sun50i
                message(
                        "rk_iommu ff650800.iommu: Page fault at 0x00c00000 of type write",
                        "rk_page_fault",
                        "unit=ff650800.iommu iova=0xc00000 access=write"),
                message(
                        "rk_iommu ff914000.iommu: BUS_ERROR occurred at 0x00000000fffe0000",
                        "rk_bus_error",
                        "unit=ff914000.iommu iova=0xfffe0000"),
                message(
                        "mtk-iommu 14016000.iommu: fault type=0x280 iova=0x1fc3e4000 pa=0x0"
                                + " master=0x20001e0(larb=2 port=1) layer=1 write",
                        "mtk_fault",
                        "unit=14016000.iommu fault_type=0x280 iova=0x1fc3e4000 larb=2 port=1 layer=1 access=write"),
                message(
                        "exynos-sysmmu 13a40000.sysmmu: 13a00000.scaler: [WRITE] AW ACCESS PROTECTION FAULT occurred at"
                                + " 0x20001000",
                        "sysmmu_fault",
                        "unit=13a40000.sysmmu device=13a00000.scaler access=write what=AW_ACCESS_PROTECTION_FAULT"
                                + " iova=0x20001000"),
                message(
                        "apple-dart 681008000.iommu: translation fault: status:0x80000010 stream:1 code:0x10 (READ"
                                + " FAULT) at 0xfff20000",
                        "dart_fault",
                        "unit=681008000.iommu status=0x80000010 stream=1 code=0x10 what=READ_FAULT iova=0xfff20000"),
                message(
                        "ipmmu-vmsa fd800000.iommu: Unhandled fault: status 0x00001501 iova 0x4bfff000",
                        "ipmmu_fault",
                        "unit=fd800000.iommu status=0x00001501 iova=0x4bfff000"),
                message(
                        "sun50i-iommu 30f0000.iommu: Page fault for 0x00000000ff801000 (master 4, dir rd)",
                        "sun50i_fault",
                        "unit=30f0000.iommu iova=0xff801000 master=4 access=read"),
                // xen/drivers/passthrough: vtd, amd
                message(
                        "(XEN) [VT-D]DMAR:[DMA Read] Request device [0000:00:1f.2] fault addr ed53d000",
                        "dma_fault",
                        "bdf=0000:00:1f.2 access=read addr=0xed53d000"),
                message(
                        "(XEN) [VT-D]INTR-REMAP: Request device [0000:f0:1f.0] fault index 8, iommu reg ="
                                + " ffff82c000201000",
                        "intr_remap_fault",
                        "bdf=0000:f0:1f.0 fault_index=0x8"),
                message(
                        "(XEN) AMD-Vi: IO_PAGE_FAULT: 0000:0c:00.2 d3 addr 00000000bd98d000 flags 0x20 RW",
                        "amd_event",
                        "event=IO_PAGE_FAULT device=0000:0c:00.2 domain=d3 address=0xbd98d000 flags=0x20 access=write"),
                message(
                        "(XEN) AMD-Vi: IO_PAGE_FAULT: domain = 0, device id = 0x00a0, fault address = 0xfdf8020000,"
                                + " flags = 0x8",
                        "amd_event",
                        "event=IO_PAGE_FAULT device=00:14.0 domain=d0 address=0xfdf8020000 flags=0x8 access=interrupt"),
                // QEMU: hw/i386/intel_iommu.c, hw/arm/smmuv3.c, hw/riscv/trace-events
                message(
                        "qemu-system-x86_64: vtd_iova_to_slpte: detected slpte permission error (iova=0x7fffe000,"
                                + " level=0x1, slpte=0x12345001, write=1, pasid=0xffffffff)",
                        "qemu_vtd_fault",
                        "iova=0x7fffe000 access=write what=slpte_permission_error,_level_1,_slpte_0x12345001"),
                message(
                        "smmuv3-iommu-memory-region-16-2 translation failed for iova=0xf8bf4000"
                                + " (SMMU_EVT_F_TRANSLATION)",
                        "qemu_smmuv3_fault",
                        "event=F_TRANSLATION devfn=0x10 iova=0xf8bf4000"),
                message(
                        "riscv_iommu_flt riscv-iommu: fault 0000:01.0 reason: 0x80080000000d iova: 0x80001000",
                        "qemu_riscv_fault",
                        "device=00:01.0 cause=13 cause_name=Read_page_fault iova=0x80001000"),
                // VMware ESXi
                message(
                        "VMware ESX unrecoverable error: (vmx) PCI passthru device 0000:3b:00.0 caused an IOMMU fault"
                                + " type 6 at address 0xfee00000",
                        "esxi_iommu_fault",
                        "device=0000:3b:00.0 fault_type=6 address=0xfee00000"),
                message(
                        "exynos-sysmmu 13a40000.sysmmu: 13a00000.scaler: AR MULTI-HIT FAULT occurred at 0x20001000",
                        "sysmmu_fault",
                        "unit=13a40000.sysmmu device=13a00000.scaler access=read what=AR_MULTI-HIT_FAULT"
                                + " iova=0x20001000"),
                message(
                        "qemu-system-x86_64: vtd_iova_to_slpte: detected splte reserve non-zero iova=0xfffff002,"
                                + " level=0x1slpte=0x102681803)",
                        "qemu_vtd_fault",
                        "iova=0xfffff002 what=splte_reserve_non-zero,_level_1,_slpte_0x102681803"),
                message("AMD-Vi: Completion-Wait loop timed out", "amd_completion_wait_timeout", ""),
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
        for (String field : fields.isEmpty() ? new String[0] : fields.split(" ")) {
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

    /**
     * Wherever a line breaks off: the right fields, or incomplete, and then of a number just the digits that are there.
     */
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
