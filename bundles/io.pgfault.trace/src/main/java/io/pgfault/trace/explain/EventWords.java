// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.explain;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the names of events and of bits mean, in a few words. */
final class EventWords {
    /** SMMUv3's events (IHI 0070 F.b §7.3). */
    static final Map<String, String> SMMUV3 = new LinkedHashMap<>();

    /** AMD's events (AMD I/O Virtualization 3.08 §2.5). */
    static final Map<String, String> AMD = new LinkedHashMap<>();

    /** The flags of AMD's events, by name. */
    static final Map<String, String> AMD_FLAGS = new LinkedHashMap<>();

    /** The bits of GERROR (IHI 0070 F.b §6.3.18). */
    static final Map<String, String> GERROR = new LinkedHashMap<>();

    /** The bits of VT-d's fault status register (VT-d 4.1 §11.4.7.1). */
    static final Map<String, String> FAULT_STATUS = new LinkedHashMap<>();

    static {
        SMMUV3.put("F_UUT", "a transaction of a kind that the unit doesn't support");
        SMMUV3.put("C_BAD_STREAMID", "the stream id is beyond the stream table, or has no entry there");
        SMMUV3.put("F_STE_FETCH", "the stream table entry can't be read");
        SMMUV3.put("C_BAD_STE", "the stream table entry is invalid");
        SMMUV3.put("F_BAD_ATS_TREQ", "an ATS translation request where none is allowed");
        SMMUV3.put("F_STREAM_DISABLED", "the stream doesn't take transactions without a substream id");
        SMMUV3.put("F_TRANSL_FORBIDDEN", "a translated transaction where none is allowed");
        SMMUV3.put("C_BAD_SUBSTREAMID", "the substream id is beyond the stream's table, or not allowed");
        SMMUV3.put("F_CD_FETCH", "the context descriptor can't be read");
        SMMUV3.put("C_BAD_CD", "the context descriptor is invalid");
        SMMUV3.put("F_WALK_EABT", "the translation tables can't be read");
        SMMUV3.put("F_TRANSLATION", "nothing is mapped at the address");
        SMMUV3.put("F_ADDR_SIZE", "the address that came out of the tables is too large");
        SMMUV3.put("F_ACCESS", "the page's access flag is clear");
        SMMUV3.put("F_PERMISSION", "the page doesn't grant this access");
        SMMUV3.put("F_TLB_CONFLICT", "two cached translations contradict each other");
        SMMUV3.put("F_CFG_CONFLICT", "two cached configurations contradict each other");
        SMMUV3.put("E_PAGE_REQUEST", "a hint that the page will be needed");
        SMMUV3.put("F_VMS_FETCH", "the virtual machine structure can't be read");

        AMD.put("IO_PAGE_FAULT", "the page isn't mapped, or doesn't grant this access");
        AMD.put("ILLEGAL_DEV_TABLE_ENTRY", "the device table entry is invalid");
        AMD.put("DEV_TAB_HARDWARE_ERROR", "the device table can't be read");
        AMD.put("PAGE_TAB_HARDWARE_ERROR", "the page tables can't be read");
        AMD.put("ILLEGAL_COMMAND_ERROR", "the unit doesn't understand a command");
        AMD.put("COMMAND_HARDWARE_ERROR", "the command buffer can't be read");
        AMD.put("IOTLB_INV_TIMEOUT", "the device didn't answer an invalidation of its address cache");
        AMD.put("INVALID_DEVICE_REQUEST", "a request of a kind that this device may not make");
        AMD.put("INVALID_PPR_REQUEST", "a page request that isn't allowed");
        AMD.put("RMP_HW_ERROR", "the reverse map table can't be read");
        AMD.put("RMP_HARDWARE_ERROR", "the reverse map table can't be read");
        AMD.put("RMP_PAGE_FAULT", "the reverse map table doesn't allow this access");

        AMD_FLAGS.put("GN", "bit 0: the address is a guest's");
        AMD_FLAGS.put("NX", "bit 1: no execute");
        AMD_FLAGS.put("US", "bit 2: a user's access");
        AMD_FLAGS.put("I", "bit 3: an interrupt request, not a memory access");
        AMD_FLAGS.put("PR", "bit 4: the page is present; clear: nothing is mapped, or the request was an interrupt");
        AMD_FLAGS.put("RW", "bit 5: a write; clear: a read");
        AMD_FLAGS.put("PE", "bit 6: the page doesn't grant the access");
        AMD_FLAGS.put("RZ", "bit 7: a reserved bit or an illegal encoding in a table entry");
        AMD_FLAGS.put("TR", "bit 8: the device asked for a translation (ATS); clear: a plain transaction");

        GERROR.put("CMDQ_ERR", "bit 0: a command failed, the queue stands still until the driver skips the command");
        GERROR.put("EVENTQ_ABT_ERR", "bit 2: a write of an event was aborted: events may be lost");
        GERROR.put("PRIQ_ABT_ERR", "bit 3: a write of a page request was aborted: requests may be lost");
        GERROR.put("MSI_CMDQ_ABT_ERR", "bit 4: the interrupt message of the command queue was aborted");
        GERROR.put("MSI_EVENTQ_ABT_ERR", "bit 5: the interrupt message of the event queue was aborted");
        GERROR.put("MSI_PRIQ_ABT_ERR", "bit 6: the interrupt message of the page request queue was aborted");
        GERROR.put("MSI_GERROR_ABT_ERR", "bit 7: the interrupt message of global errors was aborted");
        GERROR.put("SFM_ERR", "bit 8: the unit has entered Service Failure Mode and translates nothing any more");

        FAULT_STATUS.put("PFO", "bit 0: a fault was lost, because all recording registers were taken");
        FAULT_STATUS.put("PPF", "bit 1: a fault is pending in a recording register");
        FAULT_STATUS.put("AFO", "bit 2: the advanced fault log overflowed");
        FAULT_STATUS.put("APF", "bit 3: a fault is pending in the advanced fault log");
        FAULT_STATUS.put(
                "IQE", "bit 4: the invalidation queue stands still, because of a wrong descriptor or register");
        FAULT_STATUS.put("ICE", "bit 5: a device completed an invalidation in a way that isn't allowed");
        FAULT_STATUS.put("ITE", "bit 6: a device didn't complete an invalidation in time");
        FAULT_STATUS.put("PRO", "bit 7: the page request queue overflowed");
    }

    private EventWords() {}
}
