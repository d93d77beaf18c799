// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.explain;

import java.util.LinkedHashMap;
import java.util.Map;

/** What drivers' messages mean, by the words that people search for. */
final class Messages {
    /**
     * One message.
     *
     * @param meaning what happened
     * @param example a message of the kind, from which the causes are derived; empty if there is none
     */
    record Message(String meaning, String example) {}

    static final Map<String, Message> ALL = new LinkedHashMap<>();

    static {
        put(
                "Unhandled context fault",
                "an SMMU of version 1 or 2 refused a DMA: FSR says why, FSYNR says which access, iova where, cbfrsynra"
                        + " or sid of which stream",
                "arm-smmu 1.iommu: Unhandled context fault: fsr=0x402, iova=%s, fsynr=0x1, cbfrsynra=0x1, cb=1");
        put(
                "Blocked unknown Stream ID",
                "an SMMU of version 1 or 2 got a DMA of a stream that has no entry in its table, and blocked the DMA",
                "arm-smmu 1.smmu: Blocked unknown Stream ID 0x1; boot with \"arm-smmu.disable_bypass=0\" to allow");
        put(
                "Unexpected global fault",
                "an SMMU of version 1 or 2 refused a DMA before any context bank took it: GFSR says why",
                "arm-smmu 1.smmu: \tGFSR 0x80000002, GFSYNR0 0x00000000, GFSYNR1 0x00000880, GFSYNR2 0x00000000");
        put(
                "Completion-Wait loop timed out",
                "an AMD IOMMU didn't complete a command in time: the IOMMU, or a device whose address cache it"
                        + " invalidates, doesn't answer",
                "AMD-Vi: Completion-Wait loop timed out");
        put(
                "Event logged",
                "an AMD IOMMU wrote an event: the name in the brackets says what happened; ask for that name",
                "");
        put(
                "Request device fault addr",
                "a VT-d unit refused a DMA: the fault reason says why; ask for the reason, such as \"fault reason"
                        + " 0x06\"",
                "");
        put(
                "handling fault status reg",
                "the driver of VT-d reads the unit's fault status register: the bits say what is pending (PFO, PPF,"
                        + " IQE, ICE, ITE, PRO), the lines behind say the faults",
                "");
        put(
                "Invalidation Time-out Error",
                "a device didn't answer an invalidation of its address cache (ATS) in time; SID is the device, 0 if the"
                        + " unit doesn't say; the line QI PRIOR or QI HEAD names the device in bits 47:32 of qw0",
                "DMAR: VT-d detected Invalidation Time-out Error: SID 3a18");
        put(
                "Invalidation Queue Error",
                "the unit can't go on with the invalidation queue: a wrong descriptor, register or fetch; Reason says"
                        + " which",
                "DMAR: VT-d detected Invalidation Queue Error: Reason f");
        put(
                "Invalidation Completion Error",
                "a device completed an invalidation in a way that isn't allowed, or one that nobody had asked for",
                "DMAR: VT-d detected Invalidation Completion Error: SID ffff");
        put(
                "Invalid page request",
                "the driver refused a page request (PRI) of a device: an address, an access or a PASID that it may not"
                        + " ask for",
                "DMAR: dmar3: Invalid page request: 053a100101 7f000000101e");
        put(
                "Page request without PASID",
                "a device sent a page request (PRI) without a PASID; the driver serves only those of a process",
                "DMAR: dmar0: Page request without PASID: 3a100001 7f0000001005");
        put(
                "Page request in Privilege Mode",
                "a device asked for a page with privileged access; the driver serves only accesses of user space",
                "DMAR: dmar0: Page request in Privilege Mode: 053a110101 7f0000001005");
        put(
                "PRQ overflow detected",
                "VT-d's page request queue was full: requests were answered by the unit itself, or lost",
                "DMAR: IOMMU: dmar2: PRQ overflow detected");
        put(
                "EVTQ overflow detected",
                "an SMMUv3's event queue was full: events are lost, not the transactions that stalled",
                "arm-smmu-v3 s.auto: EVTQ overflow detected -- events lost");
        put(
                "PRIQ overflow detected",
                "an SMMUv3's page request queue was full: the unit answered requests itself",
                "arm-smmu-v3 s.auto: PRIQ overflow detected -- requests lost");
        put(
                "CMDQ error Illegal command",
                "an SMMUv3 got a command that it doesn't know; the driver skips the command",
                "arm-smmu-v3 s.auto: CMDQ error (cons 0x01000003): Illegal command");
        put(
                "CMDQ error Abort on command fetch",
                "an SMMUv3 can't read its command queue in memory",
                "arm-smmu-v3 s.auto: CMDQ error (cons 0x02000003): Abort on command fetch");
        put(
                "CMDQ error ATC invalidate timeout",
                "a device behind an SMMUv3 didn't answer an invalidation of its address cache (ATS)",
                "arm-smmu-v3 s.auto: CMDQ error (cons 0x03000003): ATC invalidate timeout");
        put(
                "unexpected global error reported",
                "an SMMUv3 has a global error: the bits of GERROR say which; ask for a bit, such as CMDQ_ERR",
                "");
        put(
                "Service Failure Mode",
                "an SMMUv3 gave up: it translates nothing until a reset",
                "arm-smmu-v3 s.auto: device has entered Service Failure Mode!");
        put(
                "callbacks suppressed",
                "the kernel left out as many messages as the number says, because too many came at a time; the records"
                        + " before and behind are not all that happened",
                "");
        put(
                "io_page_fault (trace event)",
                "the trace event of the kernel's IOMMU core: a driver reported a fault of a device that no handler"
                        + " resolved; flags bit 0 is a write",
                "x-1 [000] ..... 1.0: io_page_fault: IOMMU:x 0000:c2:00.0 iova=%16s flags=0x0000");
    }

    private Messages() {}

    private static void put(String words, String meaning, String example) {
        ALL.put(words, new Message(meaning, example));
    }
}
