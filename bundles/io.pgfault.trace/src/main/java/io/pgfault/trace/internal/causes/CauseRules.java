// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.causes;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Likely causes, the likeliest first; each names the fields it is based on. Only what is in the record counts: a rule
 * that needs a field says nothing where the field is missing.
 */
public final class CauseRules {
    /** The cause of a write to a read-only page, for a record that tells the access and a reason. */
    static final Cause READ_ONLY_BY_REASON = readOnly("access", "reason_code");

    private static final Cause READ_ONLY_BY_EVENT = readOnly("event", "access");
    private static final Cause READ_ONLY_BY_FLAGS = readOnly("flags");
    private static final Cause WRITE_ONLY = new Cause(
            "read of a mapping that is write-only for the device",
            List.of("flags"),
            "compare the direction in which the driver mapped the buffer with what the device does");
    private static final Cause NOT_GRANTED = new Cause(
            "access that the mapping doesn't grant",
            List.of("event", "access"),
            "compare how the driver mapped the buffer with what the device does");
    private static final Cause NO_STREAM = new Cause(
            "the stream table has no entry for this stream id",
            List.of("event", "sid"),
            "compare the id with the firmware's iommu-map or IORT; a bridge or alias may change it");
    private static final Cause BAD_STREAM = new Cause(
            "the stream's table entry is invalid: the device was never enabled, or is used after detach",
            List.of("event", "sid"),
            "see whether the device has an IOMMU group and a bound driver when it starts DMA");
    private static final Cause STREAM_OFF = new Cause(
            "the stream is off for transactions of this kind (often: no substream where one is needed)",
            List.of("event", "sid"),
            "compare pasid-num-bits of the firmware with how the device and its driver use PASIDs");
    private static final Cause NO_SUBSTREAM = new Cause(
            "the device sends a substream id (PASID) that the stream isn't set up for",
            List.of("event", "sid"),
            "compare pasid-num-bits of the firmware with the PASIDs that the device uses");
    private static final Cause BAD_CONTEXT = new Cause(
            "the context descriptor is invalid: the PASID isn't bound, or no more",
            List.of("event", "sid"),
            "see whether the device stops using a PASID before it is unbound");
    private static final Cause ATS = new Cause(
            "the device uses ATS although it isn't enabled for the stream",
            List.of("event", "sid"),
            "look at ATS of the device and of its root port (lspci -vv)");
    private static final Cause TOO_LARGE = new Cause(
            "beyond the DMA mask: an address is larger than what the unit or the tables handle",
            List.of("event", "input_addr"),
            "compare the driver's DMA mask with the unit's address size");
    private static final Cause OVERFLOW = new Cause(
            "more faults than the kernel could read; records are lost",
            List.of("queue"),
            "look at the first faults before this line, the rest follows from them");
    private static final Cause REFUSED = new Cause(
            "the device asked for something that isn't allowed, or of a PASID or device that is unknown",
            List.of("qw0", "qw1"),
            "compare address, access and PASID with what the driver bound");
    private static final Cause WITHOUT_PASID = new Cause(
            "page request without a PASID: the driver takes only those of a process's address space",
            List.of("problem"),
            "see whether the device was told to put PASIDs on its requests");
    private static final Cause DEVICE_ENTRY = new Cause(
            "the device's table entry doesn't allow this request: it was never enabled, or is set up wrongly",
            List.of("event", "device", "address"),
            "look at the DTE lines that follow, and whether the address is one of interrupts (0xfdf8000000 and up)");
    private static final Cause COMPLETION_WAIT = new Cause(
            "a device with ATS hangs, is in reset or is gone, and never completes the invalidation of its address cache;"
                    + " without such a device, the IOMMU itself",
            List.of(),
            "look for IOTLB_INV_TIMEOUT lines, which name the device, and for errors, a reset or a removal right before;"
                    + " try the device without ATS (pci=noats)");
    private static final Cause IOTLB_TIMEOUT = new Cause(
            "the device doesn't answer invalidations of its address cache (ATS): it hangs, is in reset, or is gone",
            List.of("event", "device"),
            "look for the device's own errors, a reset or a removal right before; try it without ATS (pci=noats)");
    private static final Cause NO_DOMAIN = new Cause(
            "the device has no domain (domain 0): nobody has set the device up, or its DMA comes under another id",
            List.of("domain", "flags"),
            "see whether a driver is bound, and whether firmware or an alias uses this id; dmesg | grep 'iommu group'");
    private static final Cause INTERRUPT = new Cause(
            "interrupt that the remapping table doesn't allow, not a DMA fault",
            List.of("flags", "address"),
            "see how the interrupt was set up; with a guest, whether the VMM or the guest wrote the MSI");
    private static final Cause RISCV_ENTRY = new Cause(
            "the device's or the process's table entry is missing or wrong: never enabled",
            List.of("cause", "devid"),
            "compare the device id with the firmware's iommu-map; see whether the driver is bound");

    /** Flags of AMD events: the page is present, the access is a write, the page doesn't permit it. */
    private static final long AMD_PRESENT = 1 << 4;

    private static final long AMD_WRITE = 1 << 5;
    private static final long AMD_NOT_PERMITTED = 1 << 6;

    private CauseRules() {}

    private static Cause readOnly(String... fields) {
        return new Cause(
                "write to a read-only mapping",
                List.of(fields),
                "compare the direction in which the driver mapped the buffer with what the device does");
    }

    public static List<Cause> causes(LogRecord fields) {
        List<Cause> causes = new ArrayList<>(4);
        switch (fields.type().jsonName()) {
            case "smmuv3_event" -> smmu(fields, causes);
            case "dma_fault" -> DmarCauses.ofDma(fields, causes);
            case "intr_remap_fault" -> DmarCauses.ofInterrupt(fields, causes);
            case "invalidation_error" -> DmarCauses.ofInvalidation(fields, causes);
            case "amd_event" -> amd(fields, causes);
            case "riscv_fault" -> riscv(fields, causes);
            case "io_page_fault" -> AddressCauses.of("iova").odd(fields.number("iova"), causes);
            case "queue_overflow" -> causes.add(OVERFLOW);
            case "invalid_page_request" -> causes.add(REFUSED);
            case "amd_completion_wait_timeout" -> causes.add(COMPLETION_WAIT);
            case "amd_ppr" -> {
                if (fields.text("problem").contains("GN=0")) {
                    causes.add(WITHOUT_PASID);
                }
            }
            default -> {
                // The record is no fault of a device by itself.
            }
        }
        causes.removeIf(cause -> !knowsAll(fields, cause));
        return causes;
    }

    /** A record that is incomplete may lack what the cause is based on. */
    private static boolean knowsAll(LogRecord fields, Cause cause) {
        for (String field : cause.fields()) {
            if (!fields.has(field)) {
                return false;
            }
        }
        return true;
    }

    private static void smmu(LogRecord fields, List<Cause> causes) {
        switch (fields.text("event")) {
            case "C_BAD_STREAMID" -> causes.add(NO_STREAM);
            case "C_BAD_STE", "F_STE_FETCH" -> causes.add(BAD_STREAM);
            case "F_STREAM_DISABLED" -> causes.add(STREAM_OFF);
            case "C_BAD_SUBSTREAMID" -> causes.add(NO_SUBSTREAM);
            case "C_BAD_CD", "F_CD_FETCH" -> causes.add(BAD_CONTEXT);
            case "F_PERMISSION" -> causes.add(fields.text("access").equals("write") ? READ_ONLY_BY_EVENT : NOT_GRANTED);
            case "F_TRANSLATION" -> nothingMapped(fields, "input_addr", fields.text("access"), causes);
            case "F_TRANSL_FORBIDDEN", "F_BAD_ATS_TREQ" -> causes.add(ATS);
            case "F_ADDR_SIZE" -> causes.add(TOO_LARGE);
            default -> {
                // Nothing is likely.
            }
        }
    }

    private static void nothingMapped(LogRecord fields, String field, String access, List<Cause> causes) {
        OptionalLong address = fields.number(field);
        AddressCauses of = AddressCauses.of(field);
        of.odd(address, causes);
        of.unmapped(address, causes);
        if (access.equals("read")) {
            of.past(address, causes);
        }
    }

    private static void amd(LogRecord fields, List<Cause> causes) {
        switch (fields.text("event")) {
            case "ILLEGAL_DEV_TABLE_ENTRY", "INVALID_DEVICE_REQUEST" -> causes.add(DEVICE_ENTRY);
            case "IOTLB_INV_TIMEOUT" -> causes.add(IOTLB_TIMEOUT);
            case "IO_PAGE_FAULT" -> amdFault(fields, causes);
            default -> {
                // Nothing is likely.
            }
        }
    }

    private static void amdFault(LogRecord fields, List<Cause> causes) {
        OptionalLong flags = fields.number("flags");
        if (flags.isEmpty()) {
            return;
        }
        String access = fields.text("access");
        if (fields.text("domain").equals("0x0") && !access.equals("interrupt")) {
            causes.add(NO_DOMAIN);
        }
        if (access.equals("interrupt")) {
            causes.add(INTERRUPT);
        } else if ((flags.getAsLong() & AMD_PRESENT) != 0) {
            if ((flags.getAsLong() & AMD_NOT_PERMITTED) != 0) {
                causes.add((flags.getAsLong() & AMD_WRITE) != 0 ? READ_ONLY_BY_FLAGS : WRITE_ONLY);
            }
            AddressCauses.of("address").odd(fields.number("address"), causes);
        } else {
            nothingMapped(fields, "address", access, causes);
        }
    }

    private static void riscv(LogRecord fields, List<Cause> causes) {
        String name = fields.text("cause_name");
        if (name.contains("page fault") || name.contains("guest-page fault")) {
            AddressCauses.of("iotval").odd(fields.number("iotval"), causes);
            AddressCauses.of("iotval").unmapped(fields.number("iotval"), causes);
        } else if (name.startsWith("DDT entry") || name.startsWith("PDT entry")) {
            causes.add(RISCV_ENTRY);
        }
    }
}
