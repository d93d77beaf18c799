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
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Software's end of the invalidation queue: responses and waits go in here (rule V09).
 *
 * <p>A descriptor is written at the tail, under a lock that is held for just that. Then the doorbell is rung: the new tail
 * is written to the hardware's register. The hardware executes descriptors while the doorbell is being rung and calls
 * devices, so nobody waits for whoever rings: a thread that finds another one ringing leaves, and that one rings again if
 * the tail has moved meanwhile. Within a batch the thread that began it rings for {@value #RESPONSES_PER_RING} at a time:
 * each ring costs as much as some responses, and devices shouldn't wait for the batch's end.
 *
 * <p>When the hardware has stopped at a bad descriptor, it is logged, replaced by a wait for nothing, and the error
 * cleared: the descriptors behind it are executed (rule V03). Any thread; a response allocates nothing.
 */
public final class ResponseCommands {
    private static final Logger LOG = System.getLogger(ResponseCommands.class.getName());
    private static final int ENTRY = InvalidationDescriptor.SIZE;
    private static final int RESPONSES_PER_RING = 32;
    private static final int NO_ROOM = -1;
    private static final int SPINS = 100;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final long WAIT_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String unit;
    private final Mmio registers;
    private final HostMemory.Region queue;
    private final HostMemory.Region status;
    private final int size;
    private final LogLimit errors = new LogLimit();
    private final Object inserting = new Object();
    private final ReentrantLock ringing = new ReentrantLock();
    /** Written with the inserting lock. */
    private volatile int tail;

    /** These two are guarded by inserting. */
    private int headSeen;

    private int lastWait;
    /** Written by who rings. */
    private volatile int rung;

    private volatile boolean enabled;
    private volatile Thread batch;

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
        synchronized (inserting) {
            tail = 0;
            headSeen = 0;
            rung = 0;
            registers.write64(Registers.IQA, queue.address() | Registers.IQA_DW | size);
            enabled = true;
        }
    }

    /** Takes the ring away from the hardware, once it has executed everything; what is submitted from now on is dropped. */
    void disable() {
        ringing.lock();
        try {
            while (enabled) {
                tellHardware();
                synchronized (inserting) {
                    enabled = rung != tail;
                }
            }
            registers.write64(Registers.IQA, 0);
        } finally {
            ringing.unlock();
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
     * Waits until the hardware has executed everything before, or the ring is taken away from it.
     *
     * @param flags more flags of the wait descriptor
     */
    void await(long flags) {
        int number;
        synchronized (inserting) {
            number = ++lastWait;
        }
        submit(WaitDescriptor.word0(WaitDescriptor.STATUS_WRITE | flags, number), status.address(), 0, 0);
        ring();
        long start = System.nanoTime();
        for (int i = 0; enabled && !completed(number); i++) {
            if (System.nanoTime() - start > WAIT_LIMIT_NANOS) {
                LOG.log(
                        Level.ERROR,
                        "{0}: a wait descriptor is not complete after 10 s; a device holds up the invalidation queue",
                        unit);
                return;
            }
            pause(i);
        }
    }

    private boolean completed(int number) {
        int completed = status.bytes().getInt(0);
        VarHandle.acquireFence();
        return completed - number >= 0;
    }

    private static void pause(int before) {
        if (before < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Submits any descriptor. */
    void submit(long word0, long word1, long word2, long word3) {
        int unrung = insert(word0, word1, word2, word3);
        for (int i = 0; unrung == NO_ROOM; i++) {
            ring();
            pause(i);
            unrung = insert(word0, word1, word2, word3);
        }
        if (unrung >= RESPONSES_PER_RING * ENTRY || batch != Thread.currentThread()) {
            ring();
        }
    }

    /** Returns how many bytes of descriptors the hardware hasn't been told about, or {@link #NO_ROOM}. */
    private int insert(long word0, long word1, long word2, long word3) {
        synchronized (inserting) {
            if (!enabled) {
                return 0;
            }
            int at = tail;
            int next = next(at);
            if (next == headSeen) {
                headSeen = (int) registers.read64(Registers.IQH);
                if (next == headSeen) {
                    return NO_ROOM;
                }
            }
            InvalidationDescriptor.encode(queue.bytes(), at, word0, word1, word2, word3);
            tail = next;
            return (next - rung) & (queue.bytes().capacity() - 1);
        }
    }

    /** From now on what this thread submits is rung for together; it owes {@link #endBatch}. One thread at a time. */
    void beginBatch() {
        batch = Thread.currentThread();
    }

    /** Rings for what the batch has left. */
    void endBatch() {
        batch = null;
        ring();
    }

    /** Whether the calling thread is ringing the doorbell, and was called from there. */
    boolean isRinging() {
        return ringing.isHeldByCurrentThread();
    }

    /** Tells the hardware about everything so far, or leaves it to the thread that is doing so. */
    private void ring() {
        do {
            if (!ringing.tryLock()) {
                return;
            }
            try {
                tellHardware();
            } finally {
                ringing.unlock();
            }
        } while (enabled && rung != tail);
    }

    /** Returns when the hardware has executed everything that was submitted before, whoever rings. */
    void awaitExecuted() {
        ringing.lock();
        try {
            tellHardware();
        } finally {
            ringing.unlock();
        }
    }

    /** With the ringing lock. */
    private void tellHardware() {
        int now = tail;
        if (enabled && rung != now) {
            rung = now;
            registers.write64(Registers.IQT, now);
        }
        while (enabled && (registers.read32(Registers.FSTS) & Registers.FSTS_IQE) != 0) {
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
