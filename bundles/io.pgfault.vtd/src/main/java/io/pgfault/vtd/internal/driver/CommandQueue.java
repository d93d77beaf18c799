// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.parts.BackoffLock;
import io.pgfault.parts.Doorbell;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.spec.InvalidationDescriptor;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Software's end of the unit's command ring, which VT-d calls the invalidation queue (VT-d 4.1 §6.5.2). Any thread; a
 * command allocates nothing.
 *
 * <p>A thread writes its descriptor at the tail under {@code inserting}, which it holds for nothing else. Then the
 * thread rings the {@link Doorbell}: the ringing thread writes the tail register, and the hardware model executes
 * descriptors and calls devices within that write. Within a batch the thread that began the batch rings once for
 * {@value #COMMANDS_PER_RING} descriptors, because a ring costs as much as some responses.
 *
 * <p>A device that the hardware calls may submit a command on the ringing thread. That command is executed by the
 * ringing thread after the call; if the ring is full, or the command is to be waited for, the ringing thread has it
 * executed at once, nested.
 *
 * <p>When the hardware has stopped at a bad descriptor (rule V03), the ringing thread logs the descriptor, replaces it
 * by a wait descriptor that does nothing, and clears the error, so that the hardware executes the descriptors behind
 * it.
 */
public final class CommandQueue {
    private static final int ENTRY = InvalidationDescriptor.SIZE;
    private static final int COMMANDS_PER_RING = 32;
    private static final int NO_ROOM = -1;
    private static final int SPINS = 100;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

    private final String unit;
    private final Mmio registers;
    private final Memory.Region queue;
    private final Memory.Region status;
    private final int size;
    private final RateLimitedLog log;
    private final Doorbell doorbell = new Doorbell(this::execute);
    private final BackoffLock inserting = new BackoffLock();
    /**
     * Byte offset of the next descriptor. Inserting threads write it under {@code inserting}; the ringing thread reads
     * it.
     */
    private volatile int tail;
    /** The head when an inserting thread read the register last. Guarded by {@code inserting}. */
    private int headSeen;
    /** Number of the last wait descriptor. Guarded by {@code inserting}. */
    private int lastWait;
    /** The tail that the hardware has been told. The ringing thread writes it; inserting threads read it. */
    private volatile int rung;
    /** Whether the hardware has the ring. {@link #enable} and {@link #disable} write it under {@code inserting}. */
    private volatile boolean enabled;
    /**
     * The thread that has begun a batch. That thread writes it. Every other thread only compares it with itself, so a
     * stale value does no harm.
     */
    private volatile Thread batch;

    /**
     * A queue that the hardware doesn't have yet.
     *
     * @param unit the unit's name, for the log
     * @param size the ring's size field, 0 to 7: the ring has 2^(size+7) descriptors
     */
    public CommandQueue(String unit, Mmio registers, Memory memory, int size) {
        this.unit = unit;
        this.log = new RateLimitedLog(UnitLogger.of(unit));
        this.registers = registers;
        this.size = size;
        this.queue = memory.allocate(Registers.ringBytes(size));
        this.status = memory.allocate(Integer.BYTES);
    }

    /** Gives the ring to the hardware. */
    public void enable() {
        inserting.lock();
        try {
            tail = 0;
            headSeen = 0;
            rung = 0;
            registers.write64(Registers.IQT, 0);
            registers.write64(Registers.IQA, queue.address() | Registers.IQA_DW | size);
            new GlobalCommand(unit, registers).set(Registers.GCMD_QIE);
            enabled = true;
        } finally {
            inserting.unlock();
        }
    }

    /**
     * Takes the ring away from the hardware when the hardware has executed every descriptor. A command that is
     * submitted afterwards is dropped.
     *
     * @param timeoutNanos how long to wait for devices that hold up the ring
     */
    public void disable(long timeoutNanos) {
        long start = System.nanoTime();
        boolean executed = true;
        while (enabled) {
            executed = executed && awaitExecuted(Math.max(1, timeoutNanos - (System.nanoTime() - start)));
            inserting.lock();
            try {
                enabled = executed && rung != tail;
            } finally {
                inserting.unlock();
            }
        }
        if (!executed) {
            log.error(() -> unit + ": a device holds up the invalidation queue; its last responses are lost");
        }
        new GlobalCommand(unit, registers).clear(Registers.GCMD_QIE);
        registers.write64(Registers.IQA, 0);
    }

    /** Submits any descriptor. */
    public void submit(long word0, long word1, long word2, long word3) {
        int unrung = insert(word0, word1, word2, word3);
        for (int i = 0; unrung == NO_ROOM; i++) {
            makeRoom(i);
            unrung = insert(word0, word1, word2, word3);
        }
        if (unrung >= COMMANDS_PER_RING * ENTRY || batch != Thread.currentThread()) {
            doorbell.ring();
        }
    }

    /** Returns how many bytes of descriptors the hardware hasn't been told about, or {@link #NO_ROOM}. */
    private int insert(long word0, long word1, long word2, long word3) {
        inserting.lock();
        try {
            return insertLocked(word0, word1, word2, word3);
        } finally {
            inserting.unlock();
        }
    }

    private int insertLocked(long word0, long word1, long word2, long word3) {
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

    private void makeRoom(int tries) {
        if (doorbell.isRinging()) {
            execute();
        } else {
            doorbell.ring();
            pause(tries);
        }
    }

    private static void pause(int tries) {
        if (tries < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /**
     * Has the hardware execute a wait descriptor behind every descriptor that was submitted before, and waits until the
     * hardware has written its status word.
     *
     * <p>The descriptor's number is drawn in the critical section that inserts the descriptor. So the numbers rise
     * along the ring, and the status word never falls: a waiting thread returns when the word has reached the number of
     * its descriptor.
     *
     * @param flags more flags of the wait descriptor
     * @param timeoutNanos how long to wait for devices that hold up the ring
     * @return false if the hardware has not executed the wait descriptor within the time
     */
    public boolean await(long flags, long timeoutNanos) {
        long start = System.nanoTime();
        int number;
        int unrung;
        for (int i = 0; ; i++) {
            inserting.lock();
            try {
                number = lastWait + 1;
                unrung = insertLocked(
                        WaitDescriptor.word0(WaitDescriptor.STATUS_WRITE | flags, number), status.address(), 0, 0);
                if (unrung != NO_ROOM) {
                    lastWait = number;
                    break;
                }
            } finally {
                inserting.unlock();
            }
            if (System.nanoTime() - start > timeoutNanos) {
                return false;
            }
            makeRoom(i);
        }
        if (!awaitExecuted(timeoutNanos)) {
            return completed(number) || !enabled;
        }
        for (int i = 0; enabled && !completed(number); i++) {
            if (System.nanoTime() - start > timeoutNanos) {
                return false;
            }
            pause(i);
        }
        return true;
    }

    private boolean completed(int number) {
        int completed = status.bytes().getInt(0);
        VarHandle.acquireFence();
        return completed - number >= 0;
    }

    /** Begins a batch: what this thread submits until {@link #endBatch} is rung for together. One thread at a time. */
    public void beginBatch() {
        batch = Thread.currentThread();
    }

    /** Ends the batch and rings for the rest of it. */
    public void endBatch() {
        batch = null;
        if (rung != tail) {
            doorbell.ring();
        }
    }

    /** Whether the hardware, called by this thread through the doorbell, has called the caller. */
    boolean isRinging() {
        return doorbell.isRinging();
    }

    /**
     * Returns when the hardware has executed every descriptor that was submitted before.
     *
     * @param timeoutNanos how long to wait for the ringing thread
     * @return false if the ringing thread has not come so far within the time
     */
    public boolean awaitExecuted(long timeoutNanos) {
        if (doorbell.isRinging()) {
            execute();
            return true;
        }
        return doorbell.ringAndAwait(timeoutNanos);
    }

    /** Tells the hardware the tail. The ringing thread. */
    private void execute() {
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
        log.error(() -> "%s: invalidation queue error at offset 0x%x: bad descriptor %s %s %s %s, skipped"
                .formatted(unit, head, hex(ring, head, 0), hex(ring, head, 1), hex(ring, head, 2), hex(ring, head, 3)));
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
