// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

/**
 * The registers of a unit as software reaches them (VT-d 4.1 §11.4); {@code io.pgfault.vtd.spec.Registers} has the
 * offsets. A register is accessed whole. Any thread; accesses are ordered as accesses of volatile variables.
 *
 * <p>At an offset without a register of that width every method throws {@code IllegalArgumentException}.
 */
public interface Mmio {
    /** Reads a 32-bit register. */
    int read32(int offset);

    /** Reads a 64-bit register. */
    long read64(int offset);

    /** Writes a 32-bit register. */
    void write32(int offset, int value);

    /** Writes a 64-bit register. */
    void write64(int offset, long value);
}
