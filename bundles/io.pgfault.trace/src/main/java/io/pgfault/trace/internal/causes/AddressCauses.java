// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.causes;

import io.pgfault.trace.decode.Cause;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a faulting address tells by itself. Linux gives out I/O virtual addresses from the top: first below 4 GiB, then
 * below the device's DMA mask; so where an address lies says whether the kernel can have given it to the device.
 */
public final class AddressCauses {
    private static final long LOW = 0x1_0000;
    private static final long FOUR_GIB = 1L << 32;
    private static final long PAGE = 0xfff;
    private static final long FIRMWARE_FROM = 0x1000_0000L;
    private static final long FIRMWARE_TO = 0xf000_0000L;
    private static final String TRACE = "trace map and unmap (events iommu:map, iommu:unmap) around this address; ";

    /** The rules of each field that has an address, by the name of the field. */
    private static final Map<String, AddressCauses> BY_FIELD = Stream.of(
                    "input_addr", "addr", "address", "iova", "iotval")
            .collect(Collectors.toUnmodifiableMap(Function.identity(), AddressCauses::new));

    private final Cause zero;
    private final Cause interrupt;
    private final Cause beyond;
    private final Cause stale;
    private final Cause past;
    private final Cause firmware;

    private AddressCauses(String field) {
        this.zero = new Cause(
                "address zero, or near: a pointer or an MSI address that was never set, or that a reset cleared",
                List.of(field),
                "see what the driver writes to the device before it starts it, and after a reset");
        this.interrupt = new Cause(
                "address of x86 interrupts: an interrupt taken for DMA",
                List.of(field),
                "see whether interrupt remapping is on, and who set up the MSI");
        this.beyond = new Cause(
                "beyond the DMA mask: all upper bits are set, as where an address was sign-extended or a device has fewer"
                        + " address bits than its driver says",
                List.of(field),
                "compare the driver's DMA mask with the address bits that the device really has");
        this.stale = new Cause(
                "stale DMA after unmap: the buffer was freed while the device still used it",
                List.of(field),
                TRACE + "see whether the driver stops the device before it unmaps");
        this.past = new Cause(
                "just past a mapping: the device reads ahead over the end of a buffer, into the start of a page",
                List.of(field, "access"),
                TRACE + "see whether a mapping ends exactly here");
        this.firmware = new Cause(
                "firmware region: firmware or the device still uses memory that it had before the kernel came",
                List.of(field),
                "look for the address in the boot log's memory map and among the RMRR lines");
    }

    /** The rules for the address that this field has. */
    public static AddressCauses of(String field) {
        return BY_FIELD.get(field);
    }

    /** The address lies where mappings rarely are. */
    public void odd(OptionalLong address, List<Cause> causes) {
        if (address.isEmpty()) {
            return;
        }
        long a = address.getAsLong();
        if (isLow(a)) {
            causes.add(zero);
        } else if (a >>> 20 == 0xfee) {
            causes.add(interrupt);
        } else if (a < 0 || a >>> 40 == 0xff) {
            causes.add(beyond);
        }
    }

    /** Nothing is mapped there. */
    public void unmapped(OptionalLong address, List<Cause> causes) {
        if (address.isPresent() && !isLow(address.getAsLong())) {
            causes.add(stale);
        }
    }

    /**
     * Adds the causes of a read at which nothing is mapped. The address is the exact one of the read, not just its
     * page's.
     */
    public void past(OptionalLong address, List<Cause> causes) {
        long a = address.orElse(0);
        if ((a & PAGE) == 0 && a > LOW && a < FOUR_GIB) {
            causes.add(past);
        }
    }

    /**
     * Adds the causes of an address that lies in memory and is too low for an address that the kernel allocates for
     * DMA.
     */
    public void firmware(OptionalLong address, List<Cause> causes) {
        long a = address.orElse(0);
        if (a >= FIRMWARE_FROM && a < FIRMWARE_TO) {
            causes.add(firmware);
        }
    }

    private static boolean isLow(long address) {
        return address >= 0 && address < LOW;
    }
}
