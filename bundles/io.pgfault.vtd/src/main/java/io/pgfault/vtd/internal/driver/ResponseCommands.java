// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.vtd.internal.LogLimit;
import io.pgfault.vtd.internal.hardware.HostMemory;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.spec.InvalidationDescriptor;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;

/**
 * Software's end of the invalidation queue: responses and waits go in here (rule V09).
 *
 * <p>A descriptor is written at the tail, then the doorbell is rung: the new tail is written to the hardware's register.
 * Within a batch the thread that began it rings once, at the end or when the ring is full; other threads ring at once,
 * and take along what the batch has left so far. The hardware executes descriptors while the doorbell is being rung, so
 * a full ring has room again right after.
 *
 * <p>When the hardware has stopped at a bad descriptor, it is logged, replaced by a wait for nothing, and the error
 * cleared: the descriptors behind it are executed (rule V03). Any thread; a response allocates nothing.
 */
public final class ResponseCommands {
    private static final Logger LOG = System.getLogger(ResponseCommands.class.getName());
    private static final int ENTRY = InvalidationDescriptor.SIZE;
    private static final int DONE = 1;

    private final String unit;
    private final Mmio registers;
    private final HostMemory.Region queue;
    private final HostMemory.Region status;
    private final int size;
    private final LogLimit errors = new LogLimit();
    private final Object lock = new Object();
    private int tail;
    private int rung;
    private boolean enabled;
    private Thread batch;

    /**
     * @param unit the unit's name, for the log
     * @param size the ring's size field, 0 to 7
     */
    public ResponseCommands(String unit, Mmio registers, HostMemory memory, int size) {
        this.unit = unit;
        this.registers = registers;
        this.size = size;
        this.queue = memory.allocate(Registers.ringBytes(size));
        this.status = memory.allocate(Integer.BYTES);
    }

    /** Gives the ring to the hardware. */
    void enable() {
        synchronized (lock) {
            tail = 0;
            rung = 0;
            registers.write64(Registers.IQA, queue.address() | Registers.IQA_DW | size);
            enabled = true;
        }
    }

    /** Takes the ring away from the hardware; what is submitted from now on is dropped. */
    void disable() {
        synchronized (lock) {
            enabled = false;
            registers.write64(Registers.IQA, 0);
        }
    }

    /**
     * Answers a group.
     *
     * @param pasid the PASID, or {@code Pasid.NONE} for a response without
     * @param code the code's four bits on the wire
     * @param private0 private data of the request, 0 when absent
     * @param private1 private data of the request, 0 when absent
     */
    void respond(int requesterId, int pasid, int prgIndex, int code, long private0, long private1) {
        submit(
                PageGroupResponseDescriptor.word0(requesterId, pasid, code),
                PageGroupResponseDescriptor.word1(prgIndex),
                private0,
                private1);
    }

    /**
     * Waits until the hardware has executed everything before.
     *
     * @param flags more flags of the wait descriptor
     */
    void await(long flags) {
        synchronized (lock) {
            ByteBuffer word = status.bytes();
            word.putInt(0, 0);
            submit(WaitDescriptor.word0(WaitDescriptor.STATUS_WRITE | flags, DONE), status.address(), 0, 0);
            ring();
            if (enabled && word.getInt(0) != DONE) {
                LOG.log(Level.ERROR, "{0}: the invalidation queue did not complete a wait descriptor", unit);
            }
        }
    }

    /** Submits any descriptor. */
    void submit(long word0, long word1, long word2, long word3) {
        synchronized (lock) {
            if (!enabled) {
                return;
            }
            int next = next(tail);
            if (next == registers.read64(Registers.IQH)) {
                ring();
                while (enabled && next == registers.read64(Registers.IQH)) {
                    Thread.onSpinWait();
                }
            }
            InvalidationDescriptor.encode(queue.bytes(), tail, word0, word1, word2, word3);
            tail = next;
            if (batch != Thread.currentThread()) {
                ring();
            }
        }
    }

    /** From now on what this thread submits is left for {@link #endBatch}, which it owes. One thread at a time. */
    void beginBatch() {
        synchronized (lock) {
            batch = Thread.currentThread();
        }
    }

    /** Rings for what the batch has left. */
    void endBatch() {
        synchronized (lock) {
            batch = null;
            ring();
        }
    }

    /** Whether the calling thread is ringing the doorbell, and was called from there. */
    boolean isRinging() {
        return Thread.holdsLock(lock);
    }

    private void ring() {
        if (!enabled || rung == tail) {
            return;
        }
        rung = tail;
        registers.write64(Registers.IQT, tail);
        while ((registers.read32(Registers.FSTS) & Registers.FSTS_IQE) != 0) {
            skipBadDescriptor();
        }
    }

    private void skipBadDescriptor() {
        int head = (int) registers.read64(Registers.IQH);
        ByteBuffer ring = queue.bytes();
        if (errors.permits()) {
            LOG.log(
                    Level.ERROR,
                    "{0}: invalidation queue error at offset 0x{1}: bad descriptor {2} {3} {4} {5}, skipped{6}",
                    unit,
                    Integer.toHexString(head),
                    hex(ring, head, 0),
                    hex(ring, head, 1),
                    hex(ring, head, 2),
                    hex(ring, head, 3),
                    errors.suppressed());
        }
        InvalidationDescriptor.encode(ring, head, WaitDescriptor.word0(0, 0), 0, 0, 0);
        registers.write32(Registers.FSTS, Registers.FSTS_IQE);
    }

    private static String hex(ByteBuffer ring, int offset, int word) {
        return "%016x".formatted(InvalidationDescriptor.word(ring, offset, word));
    }

    private int next(int offset) {
        return (offset + ENTRY) & (queue.bytes().capacity() - ENTRY);
    }
}
