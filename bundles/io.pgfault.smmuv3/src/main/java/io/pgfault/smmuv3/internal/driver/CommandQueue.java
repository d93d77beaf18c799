// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.smmuv3.internal.hardware.BriefLock;
import io.pgfault.smmuv3.internal.hardware.Mmio;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.internal.hardware.SyncWord;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.QueueRegisters;
import io.pgfault.smmuv3.spec.Registers;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The driver's side of the command queue. Any thread.
 *
 * <p>Two steps: {@link #insert} writes a command at the tail, {@link #ring} tells the hardware. Inserting takes a lock for
 * the few instructions that writing a record takes; the unit has one command queue, so its order has to be decided
 * somewhere. Ringing holds no lock that anybody waits for: the hardware works inside the register write and calls devices,
 * so a thread that finds another one ringing leaves, and that one rings again if the tail has moved meanwhile.
 *
 * <p>If a command stops the queue (GERROR.CMDQ_ERR), whoever rings replaces it with a CMD_SYNC that does nothing and
 * acknowledges, and work goes on.
 */
public final class CommandQueue {
    private static final System.Logger LOG = System.getLogger(CommandQueue.class.getName());
    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final int SPINS = 100;

    private final Mmio mmio;
    private final QueueMemory memory;
    private final SyncWord sync;
    private final RateLimit errors = new RateLimit();
    private final BriefLock inserting = new BriefLock();
    private final ReentrantLock ringing = new ReentrantLock();
    private volatile int tail;
    private int lastSync;

    /** The driver's side of the empty queue of a unit that comes out of reset. */
    public CommandQueue(Mmio mmio, QueueMemory memory, SyncWord sync) {
        this.mmio = mmio;
        this.memory = memory;
        this.sync = sync;
        this.tail = mmio.read(Registers.CMDQ_PROD);
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
     * Returns when all commands inserted before have been carried out.
     *
     * @return false if they have not within the timeout
     */
    public boolean sync(long timeoutNanos) throws InterruptedException {
        int number;
        lockWithRoom();
        try {
            number = ++lastSync;
            append(Command.sync0(Command.SYNC_MSI, number), Command.sync1(SyncWord.ADDRESS));
        } finally {
            inserting.unlock();
        }
        ring();
        long start = System.nanoTime();
        for (int polls = 0; sync.read() - number < 0; polls++) {
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

    private void lockWithRoom() {
        inserting.lock();
        for (int polls = 0; full(); polls++) {
            inserting.unlock();
            ring();
            pause(polls);
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
        return QueueRegisters.isFull(tail, mmio.read(Registers.CMDQ_CONS), memory.log2());
    }

    private void append(long word0, long word1) {
        memory.word(tail, 0, word0);
        memory.word(tail, 1, word1);
        tail = QueueRegisters.next(tail, memory.log2());
    }

    /** Tells the hardware about everything inserted so far, or leaves it to the thread that is doing so. */
    public void ring() {
        do {
            if (!ringing.tryLock()) {
                return;
            }
            try {
                int rung = tail;
                if (rung != mmio.read(Registers.CMDQ_PROD)) {
                    mmio.write(Registers.CMDQ_PROD, rung);
                }
                while (stopped()) {
                    skipBadCommand();
                }
            } finally {
                ringing.unlock();
            }
        } while (tail != mmio.read(Registers.CMDQ_PROD) || stopped());
    }

    private boolean stopped() {
        int active = mmio.read(Registers.GERROR) ^ mmio.read(Registers.GERRORN);
        return (active & Registers.GERROR_CMDQ_ERR) != 0;
    }

    private void skipBadCommand() {
        int head = mmio.read(Registers.CMDQ_CONS);
        if (errors.permit()) {
            LOG.log(
                    Level.ERROR,
                    "The command queue stopped with error {0} at slot {1}: {2}. It is skipped{3}.",
                    Registers.cmdqError(head),
                    QueueRegisters.index(head, memory.log2()),
                    new Command(memory.word(head, 0), memory.word(head, 1)),
                    errors.suppressed());
        }
        memory.word(head, 0, Command.sync0(Command.SYNC_NONE, 0));
        memory.word(head, 1, 0);
        mmio.write(Registers.GERRORN, mmio.read(Registers.GERRORN) ^ Registers.GERROR_CMDQ_ERR);
    }
}
