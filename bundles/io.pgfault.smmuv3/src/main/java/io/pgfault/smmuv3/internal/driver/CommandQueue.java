// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.parts.BackoffLock;
import io.pgfault.parts.Doorbell;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Mmio;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.QueueRegisters;
import io.pgfault.smmuv3.spec.Registers;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Software's end of the command queue (IHI 0070 F.b §3.5.1, §4.1). Any thread.
 *
 * <p>A command takes two steps. {@link #insert} writes the command at the tail, under the lock {@code inserting}, which
 * a thread holds for a few instructions. {@link #ring} tells the hardware through a {@link Doorbell}: the ringing
 * thread writes CMDQ_PROD, and the hardware executes commands and calls devices within that write. A thread that rings
 * meanwhile leaves its commands to the ringing thread and doesn't wait.
 *
 * <p>A device that is called may make the driver insert commands on the ringing thread. If the queue is full then, or
 * if those commands must be executed before the driver goes on, the ringing thread writes CMDQ_PROD within the call.
 *
 * <p>If a command stops the queue (GERROR.CMDQ_ERR, §7.1), the ringing thread replaces the command by a CMD_SYNC
 * without a signal and acknowledges, and the hardware goes on.
 */
public final class CommandQueue {
    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final int SPINS = 100;

    private final String unit;
    private final Mmio mmio;
    private final Memory memory;
    private final QueueMemory queue;
    private final boolean msi;
    private final RateLimitedLog errors;
    private final BackoffLock inserting = new BackoffLock();
    private final Doorbell doorbell = new Doorbell(this::publish);
    /** Where the next command goes. Written under {@link #inserting}; the ringing thread reads it without the lock. */
    private volatile int tail;
    /** The number of the last CMD_SYNC. Guarded by {@link #inserting}, so numbers are in the order of the queue. */
    private int lastSync;
    /** How many commands were inserted. Guarded by {@link #inserting}. */
    private long inserted;

    /**
     * Software's end of an empty queue, whose index registers are 0 or will be before the queue is turned on.
     *
     * @param unit the unit's name, for messages
     * @param msi whether the unit writes the number of a CMD_SYNC to memory; if not, a thread that waits reads
     *     CMDQ_CONS
     */
    public CommandQueue(String unit, Mmio mmio, Memory memory, boolean msi) {
        this.unit = unit;
        this.errors = new RateLimitedLog(UnitLogger.of(unit));
        this.mmio = mmio;
        this.memory = memory;
        this.queue = memory.commands();
        this.msi = msi;
    }

    /** Writes a command and tells the hardware. */
    public void send(long word0, long word1) {
        insert(word0, word1);
        ring();
    }

    /** Writes a command; waits for room, which the hardware makes. */
    public void insert(long word0, long word1) {
        lockWithRoom();
        try {
            append(word0, word1);
        } finally {
            inserting.unlock();
        }
    }

    /**
     * Writes as many commands as there is room for, in order; waits for nothing and calls no device.
     *
     * @param words words 0 and 1 of each command
     * @param from the first command in {@code words}
     * @param to behind the last command
     * @return how many commands were written
     */
    int offer(long[] words, int from, int to) {
        inserting.lock();
        try {
            int next = from;
            while (next < to && !full()) {
                append(words[2 * next], words[2 * next + 1]);
                next++;
            }
            return next - from;
        } finally {
            inserting.unlock();
        }
    }

    /**
     * Has the hardware execute commands, so that there is room. Called without the lock; devices are called.
     *
     * @param attempt how often the calling thread has called this method in vain; the thread pauses longer after some
     */
    void makeRoom(int attempt) {
        if (doorbell.isRinging()) {
            // No other thread can make room: the hardware is within a call on this thread.
            publish();
            return;
        }
        ring();
        pause(attempt);
    }

    /** Tells the hardware about everything inserted so far, or leaves that to the ringing thread. */
    public void ring() {
        doorbell.ring();
    }

    /**
     * Returns when the hardware has executed all commands that were inserted before the call.
     *
     * <p>From within a call of a device on the ringing thread, the commands behind the current command are
     * executed within this call; the command that called the device can't be complete when this returns.
     *
     * @return false if they have not been executed within the timeout
     */
    public boolean sync(long timeoutNanos) throws InterruptedException {
        if (doorbell.isRinging()) {
            publish();
            return true;
        }
        int number;
        long position;
        lockWithRoom();
        try {
            // Numbered and inserted in one section: signals arrive in the order of their numbers.
            number = ++lastSync;
            if (msi) {
                append(Command.sync0(Command.SYNC_MSI, number), Command.sync1(Memory.SYNC_ADDRESS));
            } else {
                append(Command.sync0(Command.SYNC_NONE, 0), 0);
            }
            position = inserted;
        } finally {
            inserting.unlock();
        }
        ring();
        long start = System.nanoTime();
        for (int polls = 0; msi ? memory.syncWord() - number < 0 : consumed() < position; polls++) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (System.nanoTime() - start >= timeoutNanos) {
                return false;
            }
            pause(polls);
        }
        return true;
    }

    /** Waits as {@link #sync} does. An interrupt doesn't end the wait, and the calling thread stays interrupted. */
    boolean syncUninterruptibly(long timeoutNanos) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return sync(timeoutNanos);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void lockWithRoom() {
        inserting.lock();
        for (int attempt = 0; full(); attempt++) {
            inserting.unlock();
            makeRoom(attempt);
            inserting.lock();
        }
    }

    private static void pause(int polls) {
        if (polls < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private boolean full() {
        return QueueRegisters.isFull(tail, mmio.read(Registers.CMDQ_CONS), queue.log2());
    }

    private void append(long word0, long word1) {
        queue.word(tail, 0, word0);
        queue.word(tail, 1, word1);
        tail = QueueRegisters.next(tail, queue.log2());
        inserted++;
    }

    /**
     * How many commands the hardware has executed. CMDQ_CONS says that only up to the queue's length: under the lock
     * no more than a queue full is between CMDQ_CONS and the tail.
     */
    private long consumed() {
        inserting.lock();
        try {
            return inserted - QueueRegisters.count(tail, mmio.read(Registers.CMDQ_CONS), queue.log2());
        } finally {
            inserting.unlock();
        }
    }

    /** Shows the hardware the tail. Called by the ringing thread. */
    private void publish() {
        mmio.write(Registers.CMDQ_PROD, tail);
        while (stopped()) {
            skipBadCommand();
        }
    }

    private boolean stopped() {
        int active = mmio.read(Registers.GERROR) ^ mmio.read(Registers.GERRORN);
        return (active & Registers.GERROR_CMDQ_ERR) != 0;
    }

    private void skipBadCommand() {
        int head = mmio.read(Registers.CMDQ_CONS);
        Command bad = new Command(queue.word(head, 0), queue.word(head, 1));
        errors.error(
                () -> "%s: the driver skips %s at slot %d, which the hardware refused with CMDQ_ERR %d; report a bug"
                        .formatted(unit, bad, QueueRegisters.index(head, queue.log2()), Registers.cmdqError(head)));
        queue.word(head, 0, Command.sync0(Command.SYNC_NONE, 0));
        queue.word(head, 1, 0);
        mmio.write(Registers.GERRORN, mmio.read(Registers.GERRORN) ^ Registers.GERROR_CMDQ_ERR);
    }
}
