// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.spec.Registers;
import java.util.concurrent.TimeUnit;

/**
 * Changes one bit of the global command register and waits until the hardware has done what the bit says (VT-d 4.1
 * §11.4.4.1; kernel: {@code IOMMU_WAIT_OP}). A write holds all bits that stay set, because the register is not read.
 * One thread at a time.
 */
final class GlobalCommand {
    private static final int STAY = Registers.GCMD_TE | Registers.GCMD_QIE;
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(1);

    private final String unit;
    private final Mmio registers;

    /** @param unit the unit's name, for the message */
    GlobalCommand(String unit, Mmio registers) {
        this.unit = unit;
        this.registers = registers;
    }

    /**
     * Sets a bit.
     *
     * @throws IllegalStateException if the hardware has not done it within 1 s
     */
    void set(int bit) {
        write(bit, bit);
    }

    /** Clears a bit; throws as {@link #set}. */
    void clear(int bit) {
        write(bit, 0);
    }

    private void write(int bit, int value) {
        registers.write32(Registers.GCMD, (registers.read32(Registers.GSTS) & STAY & ~bit) | value);
        long start = System.nanoTime();
        while ((registers.read32(Registers.GSTS) & bit) != value) {
            if (System.nanoTime() - start > LIMIT) {
                throw new IllegalStateException(
                        "%s: the hardware doesn't show bit 0x%x of its status as %s within 1 s; reset the unit"
                                .formatted(unit, bit, value == 0 ? "clear" : "set"));
            }
            Thread.onSpinWait();
        }
    }
}
