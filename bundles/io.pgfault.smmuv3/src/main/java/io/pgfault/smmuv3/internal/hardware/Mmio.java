// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

/**
 * A unit's registers as the processor sees them; offsets are those of {@link io.pgfault.smmuv3.spec.Registers}. Reads
 * and writes are ordered with each other and with the queues in memory, as device memory and barriers would order them.
 *
 * <p>Any thread reads. Software decides which thread writes: one thread at a time for each queue.
 */
public interface Mmio {
    /** Reads a 32-bit register. */
    int read(int offset);

    /**
     * Writes a 32-bit register. What the hardware does because of the write happens before this returns, on the calling
     * thread: the hardware model has no thread of its own.
     *
     * <p>CMDQ_PROD and GERRORN make the hardware execute commands, and commands call devices. One thread at a time
     * writes these two; within a call of a device the same thread may write them again.
     */
    void write(int offset, int value);
}
