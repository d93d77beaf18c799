// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.smmuv3.spec.QueueRegisters;
import io.pgfault.smmuv3.spec.Registers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory of one queue, off heap, in the layout of the architecture: records back to back, little-endian (IHI 0070
 * F.b §3.5). Plain memory: the producer writes a record before the producer writes the index register that shows the
 * record, and the consumer reads in the reverse order.
 */
public final class QueueMemory {
    private final long address;
    private final ByteBuffer memory;
    private final int log2;
    private final int recordSize;

    /**
     * Allocates a queue.
     *
     * @param address where the hardware finds the queue
     * @param log2 log2 of the number of records
     * @param recordSize bytes of a record
     */
    public QueueMemory(long address, int log2, int recordSize) {
        this(address, ByteBuffer.allocateDirect(recordSize << log2), log2, recordSize);
    }

    /** As above, in memory of another owner: the queue's bytes, which hardware outside this process finds too. */
    public QueueMemory(long address, ByteBuffer bytes, int log2, int recordSize) {
        this.address = address;
        this.memory = bytes.order(ByteOrder.LITTLE_ENDIAN);
        this.log2 = log2;
        this.recordSize = recordSize;
    }

    /** The value of the queue's base register, see {@link Registers#queueBase}. */
    public long base() {
        return Registers.queueBase(address, log2);
    }

    /** Log2 of the number of records. */
    public int log2() {
        return log2;
    }

    /** Bytes of a record. */
    public int recordSize() {
        return recordSize;
    }

    /** Reads 64-bit word {@code word} of the record that {@code register} points at. */
    public long word(int register, int word) {
        return memory.getLong(offset(register, word));
    }

    /** Writes 64-bit word {@code word} of the record that {@code register} points at. */
    public void word(int register, int word, long value) {
        memory.putLong(offset(register, word), value);
    }

    private int offset(int register, int word) {
        return offset(register) + word * Long.BYTES;
    }

    /** The first byte of the record that {@code register} points at. */
    int offset(int register) {
        return QueueRegisters.index(register, log2) * recordSize;
    }

    /** A new view of the memory, to read only. */
    ByteBuffer view() {
        return memory.asReadOnlyBuffer();
    }
}
