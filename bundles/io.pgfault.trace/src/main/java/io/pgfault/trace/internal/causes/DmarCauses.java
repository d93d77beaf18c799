// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.causes;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import java.util.List;
import java.util.OptionalLong;

/** Likely causes of what VT-d reports, by its fault reasons (VT-d 4.1 §7.1.3). */
final class DmarCauses {
    private static final Cause NEVER_ENABLED = new Cause(
            "the device does DMA without having been enabled: no domain, a wrong requester id, or left running",
            List.of("bdf", "reason_code"),
            "see whether the function exists (lspci); phantom functions need an alias quirk; in a crash kernel the device"
                    + " still runs from before");
    private static final Cause NO_PASID = new Cause(
            "the PASID isn't set up for this device, or no more",
            List.of("bdf", "reason_code"),
            "see whether the device stops using a PASID before it is unbound");
    private static final Cause BEYOND = new Cause(
            "beyond the DMA mask: the address is larger than what the unit translates",
            List.of("addr", "reason_code"),
            "compare the driver's DMA mask with the unit's address width (MGAW)");
    private static final Cause DAMAGED = new Cause(
            "a table entry has bits that must be clear: damaged, or read while it was being changed",
            List.of("reason_code"),
            "look for stale cached entries and for memory written by something else");
    private static final Cause COMPATIBILITY = new Cause(
            "interrupt with a compatibility format: the device has an MSI address that the kernel didn't write",
            List.of("bdf", "reason_code"),
            "look for firmware or a guest that programs the MSI itself, or an MSI set up before remapping");
    private static final Cause NO_ENTRY = new Cause(
            "interrupt whose table entry is gone: it was freed while the device still raised it",
            List.of("fault_index", "reason_code"),
            "see whether the driver stops the device before it frees its interrupts");
    private static final Cause OTHER_SOURCE = new Cause(
            "interrupt from another requester id than the entry is for",
            List.of("bdf", "reason_code"),
            "look for a bridge or an alias between the device and the root port");
    private static final Cause NO_ANSWER = new Cause(
            "the device doesn't answer invalidations of its address cache: it hangs, or is gone",
            List.of("error", "sid"),
            "look for the device's own errors, a reset or an unplugged device; try it without ATS");
    private static final Cause ALL_ONES_SID = new Cause(
            "the unit's registers read as all ones: it is off, or can't be reached",
            List.of("sid"),
            "look for power management or a bridge's reset right before");
    private static final Cause ALL_ONES_REASON =
            new Cause(ALL_ONES_SID.cause(), List.of("reason"), ALL_ONES_SID.check());

    private DmarCauses() {}

    static void ofDma(LogRecord fields, List<Cause> causes) {
        OptionalLong code = fields.number("reason_code");
        OptionalLong address = fields.number("addr");
        switch ((int) code.orElse(-1)) {
            case 0x01, 0x02, 0x03, 0x38, 0x39, 0x40, 0x41, 0x43 -> causes.add(NEVER_ENABLED);
            case 0x45, 0x46, 0x50, 0x51, 0x58, 0x59 -> causes.add(NO_PASID);
            case 0x04, 0x83, 0x84 -> causes.add(BEYOND);
            case 0x0a, 0x0b, 0x0c, 0x3a, 0x42, 0x52, 0x5a, 0x72, 0x7a -> causes.add(DAMAGED);
            case 0x85 -> causes.add(CauseRules.READ_ONLY_BY_REASON);
            case 0x05, 0x06 -> {
                AddressCauses of = AddressCauses.of("addr");
                of.odd(address, causes);
                if (!fields.has("pasid")) {
                    of.firmware(address, causes);
                }
                of.unmapped(address, causes);
                if (fields.text("access").equals("write") && code.getAsLong() == 0x05) {
                    causes.add(CauseRules.READ_ONLY_BY_REASON);
                }
            }
            case 0x70, 0x71, 0x78, 0x79, 0x80 -> {
                AddressCauses.of("addr").odd(address, causes);
                AddressCauses.of("addr").unmapped(address, causes);
            }
            default -> {
                // Nothing is likely.
            }
        }
    }

    static void ofInterrupt(LogRecord fields, List<Cause> causes) {
        switch (fields.text("reason_code")) {
            case "0x25" -> causes.add(COMPATIBILITY);
            case "0x21", "0x22" -> causes.add(NO_ENTRY);
            case "0x26" -> causes.add(OTHER_SOURCE);
            default -> {
                // Nothing is likely.
            }
        }
    }

    static void ofInvalidation(LogRecord fields, List<Cause> causes) {
        if (fields.text("sid").equals("0xffff")) {
            causes.add(ALL_ONES_SID);
        } else if (fields.text("reason").equals("0xf")) {
            causes.add(ALL_ONES_REASON);
        } else if (fields.text("error").equals("timeout")) {
            causes.add(NO_ANSWER);
        }
    }
}
