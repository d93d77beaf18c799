// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock for sections that last constant time, call no plug-in and wait for nothing, and that one thread takes far more
 * often than all others together: a device's lock in the core, the inserting end of a command queue. Not reentrant. A
 * class that extends the lock has the lock's word beside the fields that the lock guards, so taking the lock fetches
 * them.
 *
 * <p><b>Algorithm:</b> test-and-test-and-set lock with back-off. A monitor costs two atomic operations. This lock costs
 * one, because a thread that unlocks wakes no other thread. A thread that finds the lock held spins, then yields, then
 * sleeps for some microseconds at a time.
 *
 * <p><b>Invariant:</b> {@code held} is 1 from a successful compare-and-set until the thread that exchanged it stores 0.
 *
 * <p><b>Benchmark rows:</b> inline, groups of 1 and of 8.
 */
public class BackoffLock {
    private static final int SPINS = 64;
    private static final int YIELDS = 64;
    private static final long SLEEP_NANOS = 20_000;
    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup()
                    .findVarHandle(BackoffLock.class, "held", int.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** 1 while a thread holds the lock, else 0. Any thread, by compare-and-set; the holder stores 0. */
    @SuppressWarnings("UnusedVariable") // Accessed by HELD.
    private int held;

    /** Takes the lock. */
    public final void lock() {
        if (!HELD.compareAndSet(this, 0, 1)) {
            contend();
        }
    }

    /** Gives the lock back. The thread that holds the lock calls this method, in a {@code finally} block. */
    public final void unlock() {
        HELD.setRelease(this, 0);
    }

    @SuppressWarnings(
            "ThreadPriorityCheck") // Whether the holder runs next is the scheduler's choice; the loop ends anyway.
    private void contend() {
        int tries = 0;
        while ((int) HELD.getOpaque(this) != 0 || !HELD.compareAndSet(this, 0, 1)) {
            if (tries < SPINS) {
                tries++;
                Thread.onSpinWait();
            } else if (tries < SPINS + YIELDS) {
                tries++;
                Thread.yield();
            } else {
                // An interrupted thread doesn't sleep here; the thread then looks again at once.
                LockSupport.parkNanos(this, SLEEP_NANOS);
            }
        }
    }
}
