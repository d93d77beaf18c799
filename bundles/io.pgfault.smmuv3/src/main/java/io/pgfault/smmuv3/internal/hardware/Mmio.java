// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

/**
 * A unit's registers as the processor sees them; offsets are those of {@link io.pgfault.smmuv3.spec.Registers}. Any
 * thread. Reads and writes are ordered with each other and with the rings in memory, as device memory and barriers would.
 */
public interface Mmio {
    /** Reads a 32-bit register. */
    int read(int offset);

    /**
     * Writes a 32-bit register. What the hardware does because of it happens before this returns, unless another thread's
     * write is being worked on: then that thread does it.
     */
    void write(int offset, int value);
}
