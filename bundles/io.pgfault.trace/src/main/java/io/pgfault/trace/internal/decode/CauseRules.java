// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Likely causes. First those that the kind of fault suggests, then those of the address; each names the fields it is based
 * on. Only what is in the record counts.
 */
final class CauseRules {
    private static final long LOW = 0x1_0000;
    private static final long FOUR_GIB = 1L << 32;
    private static final long PAGE = 0xfff;
    private static final long AMD_PRESENT = 1 << 4;
    private static final long AMD_WRITE = 1 << 5;
    private static final String TRACE = "trace map and unmap (events iommu:map, iommu:unmap) around this address";

    private CauseRules() {}

    static List<Cause> causes(LogRecord record) {
        List<Cause> causes = new ArrayList<>();
        switch (record.type()) {
            case SMMUV3_EVENT -> smmu(record, causes);
            case DMA_FAULT -> dmar(record, causes);
            case INTR_REMAP_FAULT -> interrupt(record, causes);
            case AMD_EVENT -> amd(record, causes);
            case RISCV_FAULT -> riscv(record, causes);
            case IO_PAGE_FAULT -> address(record, "iova", causes);
            case QUEUE_OVERFLOW ->
                causes.add(cause(
                        "more faults than the kernel could read; records are lost",
                        "look at the first faults before this line, the rest follows from them",
                        "queue"));
            case INVALIDATION_ERROR -> {
                if (record.text("error").equals("timeout")) {
                    causes.add(cause(
                            "the device doesn't answer invalidations of its address cache: it hangs, or is gone",
                            "look for the device's own errors, a reset or an unplugged device; try it without ATS",
                            "error",
                            "sid"));
                }
            }
            case INVALID_PAGE_REQUEST ->
                causes.add(cause(
                        "the device asked for something that is not allowed, or for an unknown PASID or device",
                        "compare address, access and PASID with what the driver bound",
                        "qw0",
                        "qw1"));
            case FAULT_STATUS, SMMUV3_PRI, SMMUV3_GERROR, INVALIDATION_DESCRIPTOR, PRQ_REPORT, QI_SUBMIT, AMD_PPR -> {
                // These are not faults of a device by themselves.
            }
        }
        return causes;
    }

    private static Cause cause(String cause, String check, String... fields) {
        return new Cause(cause, Stream.of(fields).toList(), check);
    }

    private static void smmu(LogRecord r, List<Cause> causes) {
        boolean write = r.text("access").equals("write");
        switch (r.text("event")) {
            case "C_BAD_STREAMID" ->
                causes.add(cause(
                        "the stream table has no entry for this stream id",
                        "compare the id with the firmware's iommu-map or IORT; a bridge or alias may change it",
                        "event",
                        "sid"));
            case "C_BAD_STE", "F_STE_FETCH" ->
                causes.add(cause(
                        "the stream's table entry is invalid: the device was never attached, or is used after detach",
                        "check that the device has an IOMMU group and that its driver is bound when it starts DMA",
                        "event",
                        "sid"));
            case "F_STREAM_DISABLED" ->
                causes.add(cause(
                        "the stream is off for transactions of this kind (often: no substream where one is needed)",
                        "compare pasid-num-bits of the firmware with how the device and its driver use PASIDs",
                        "event",
                        "sid"));
            case "C_BAD_SUBSTREAMID" ->
                causes.add(cause(
                        "the device sends a substream id (PASID) that the stream isn't set up for",
                        "compare pasid-num-bits of the firmware with the PASIDs that the device uses",
                        "event",
                        "sid"));
            case "C_BAD_CD", "F_CD_FETCH" ->
                causes.add(cause(
                        "the context descriptor is invalid: the PASID isn't bound, or no more",
                        "check that the device stops using a PASID before it is unbound",
                        Stream.of("event", "sid", "ssid")
                                .filter(r.fields()::containsKey)
                                .toArray(String[]::new)));
            case "F_PERMISSION" ->
                causes.add(cause(
                        write ? "write to a read-only mapping" : "access that the mapping doesn't grant",
                        "compare the direction in which the driver mapped the buffer with what the device does",
                        "event",
                        "access"));
            case "F_TRANSLATION" -> {
                address(r, "input_addr", causes);
                unmapped(r, "input_addr", causes);
            }
            case "F_TRANSL_FORBIDDEN", "F_BAD_ATS_TREQ" ->
                causes.add(cause(
                        "the device uses ATS although it isn't enabled for the stream",
                        "check ATS of the device and of its root port (lspci -vv)",
                        "event",
                        "sid"));
            case "F_ADDR_SIZE" ->
                causes.add(cause(
                        "an address is larger than the unit or the tables handle",
                        "compare the driver's DMA mask with the unit's address size",
                        "event",
                        "input_addr"));
            default -> {
                // Nothing is likely.
            }
        }
    }

    private static void dmar(LogRecord r, List<Cause> causes) {
        if (!r.fields().containsKey("reason_code")) {
            return;
        }
        int code = Integer.decode(r.text("reason_code"));
        boolean write = r.text("access").equals("write");
        switch (code) {
            case 0x01, 0x02, 0x03, 0x38, 0x39, 0x40, 0x41, 0x43 ->
                causes.add(cause(
                        "the device does DMA without having been enabled: no domain, a wrong requester id, or left running",
                        "see whether the function exists (lspci); phantom functions need an alias quirk; in a crash kernel"
                                + " the device still runs from before",
                        "bdf",
                        "reason_code"));
            case 0x45, 0x46, 0x50, 0x51, 0x58, 0x59 ->
                causes.add(cause(
                        "the PASID isn't set up for this device, or no more",
                        "check that the device stops using a PASID before it is unbound",
                        "bdf",
                        "reason_code"));
            case 0x04, 0x83, 0x84 ->
                causes.add(cause(
                        "address beyond what the unit translates",
                        "compare the driver's DMA mask with the unit's address width (MGAW)",
                        "addr",
                        "reason_code"));
            case 0x0a, 0x0b, 0x0c, 0x3a, 0x42, 0x52, 0x5a, 0x72, 0x7a ->
                causes.add(cause(
                        "a table entry has bits that must be clear: damaged, or read while it was being changed",
                        "check for stale cached entries and for memory written by something else",
                        "reason_code"));
            case 0x85 -> causes.add(readOnly());
            case 0x05, 0x06, 0x70, 0x71, 0x78, 0x79, 0x86 -> {
                address(r, "addr", causes);
                if (write && code == 0x05) {
                    causes.add(readOnly());
                }
                unmapped(r, "addr", causes);
                long address = number(r, "addr").orElse(0L);
                if (address >= 0x1000_0000L && address < 0xf000_0000L) {
                    causes.add(cause(
                            "firmware region: firmware or the device still uses memory that it had before the kernel came",
                            "look for the address in the boot log's memory map and RMRR lines",
                            "addr",
                            "bdf"));
                }
            }
            default -> {
                // Nothing is likely.
            }
        }
    }

    private static Cause readOnly() {
        return cause(
                "write to a read-only mapping",
                "compare the direction in which the driver mapped the buffer with what the device does",
                "access",
                "reason_code");
    }

    private static void interrupt(LogRecord r, List<Cause> causes) {
        switch (r.text("reason_code")) {
            case "0x25" ->
                causes.add(cause(
                        "interrupt with a compatibility format: the device has an MSI address that the kernel didn't write",
                        "look for firmware or a guest that programs the MSI itself, or an MSI set up before remapping",
                        "bdf",
                        "reason_code"));
            case "0x22", "0x21" ->
                causes.add(cause(
                        "interrupt whose table entry is gone: it was freed while the device still raised it",
                        "check that the driver stops the device before it frees its interrupts",
                        "fault_index",
                        "reason_code"));
            case "0x26" ->
                causes.add(cause(
                        "interrupt from another requester id than the entry is for",
                        "look for a bridge or an alias between the device and the root port",
                        "bdf",
                        "reason_code"));
            default -> {
                // Nothing is likely.
            }
        }
    }

    private static void amd(LogRecord r, List<Cause> causes) {
        String event = r.text("event");
        if (event.equals("ILLEGAL_DEV_TABLE_ENTRY") || event.equals("INVALID_DEVICE_REQUEST")) {
            causes.add(cause(
                    "the device's table entry doesn't allow this request: it was never enabled, or is set up wrongly",
                    "look at the DTE lines that follow, and whether the address is one of interrupts (0xfdf8000000 and up)",
                    "event",
                    "device",
                    "address"));
            return;
        }
        Optional<Long> flags = number(r, "flags");
        if (!event.equals("IO_PAGE_FAULT") || flags.isEmpty()) {
            return;
        }
        if (r.text("access").equals("interrupt")) {
            causes.add(cause(
                    "interrupt that the remapping table doesn't allow, not a DMA fault",
                    "check how the interrupt was set up; with a guest, whether the VMM or the guest wrote the MSI",
                    "flags",
                    "address"));
            return;
        }
        boolean present = (flags.get() & AMD_PRESENT) != 0;
        if (present && (flags.get() & AMD_WRITE) != 0) {
            causes.add(cause(
                    "write to a read-only mapping",
                    "compare the direction in which the driver mapped the buffer with what the device does",
                    "flags"));
        } else if (present) {
            causes.add(cause(
                    "read of a mapping that is write-only for the device",
                    "compare the direction in which the driver mapped the buffer with what the device does",
                    "flags"));
        }
        address(r, "address", causes);
        if (!present) {
            unmapped(r, "address", causes);
        }
    }

    private static void riscv(LogRecord r, List<Cause> causes) {
        String name = r.text("cause_name");
        if (name.contains("page fault")) {
            address(r, "iotval", causes);
            unmapped(r, "iotval", causes);
        } else if (name.startsWith("DDT entry") || name.startsWith("PDT entry")) {
            causes.add(cause(
                    "the device's or the process's table entry is missing or wrong: never enabled",
                    "check the device id in the firmware's iommu-map and that the driver is bound",
                    "cause",
                    "devid"));
        }
    }

    /** Addresses that tell something by themselves. */
    private static void address(LogRecord r, String field, List<Cause> causes) {
        Optional<Long> address = number(r, field);
        if (address.isEmpty()) {
            return;
        }
        long a = address.get();
        if (a >= 0 && a < LOW) {
            causes.add(cause(
                    "address zero, or near: a pointer or an MSI address that was never set, or was cleared by a reset",
                    "check what the driver writes to the device before it starts it, and after a reset",
                    field));
        } else if (a >>> 20 == 0xfee) {
            causes.add(cause(
                    "address of x86 interrupts: an interrupt taken for DMA",
                    "check interrupt remapping and how the MSI was set up",
                    field));
        } else if (a < 0 || a >>> 40 == 0xff || a >>> 32 == 0xffff) {
            causes.add(cause(
                    "beyond the DMA mask: the upper bits look sign-extended, cut off or made up",
                    "compare the driver's DMA mask with the address bits that the device really has",
                    field));
        }
    }

    /** Nothing is mapped there. */
    private static void unmapped(LogRecord r, String field, List<Cause> causes) {
        Optional<Long> address = number(r, field);
        if (address.isEmpty() || (address.get() >= 0 && address.get() < LOW)) {
            return;
        }
        causes.add(cause(
                "stale DMA after unmap: the buffer was freed while the device still used it",
                TRACE + "; check that the driver stops the device before it unmaps",
                field,
                "access"));
        boolean exact = !field.equals("addr");
        if (exact && r.text("access").equals("read") && (address.get() & PAGE) == 0 && address.get() < FOUR_GIB) {
            causes.add(cause(
                    "just past a mapping: the device reads ahead over the end of a buffer",
                    TRACE + "; see whether a mapping ends exactly here",
                    field,
                    "access"));
        }
    }

    private static Optional<Long> number(LogRecord r, String field) {
        String text = r.text(field);
        return text.startsWith("0x") ? Optional.of(Long.parseUnsignedLong(text.substring(2), 16)) : Optional.empty();
    }
}
