// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

/**
 * A unit's registers as software reaches them; offsets are those of {@code io.pgfault.vtd.spec.Registers}. A register is
 * accessed whole. Any thread; accesses have the order of volatile variables.
 *
 * <p>An offset where no register of that width is makes every method throw {@code IllegalArgumentException}.
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
