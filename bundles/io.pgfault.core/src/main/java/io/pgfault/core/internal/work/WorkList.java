// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.work;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The work of one device that waits for the workers of its fault queue, first in, first out.
 *
 * <p><b>Algorithm:</b> Lamport's bounded queue, with a lock for each end. Producers hold the device's lock; they fill
 * a slot and then publish the slot by moving {@code tail}. Consumers, which are workers, hold the list's monitor; they
 * empty slots and then give them back by moving {@code head}. The two ends share no lock, because the event thread
 * holds the device's lock for every report.
 *
 * <p><b>Invariant:</b> {@code head <= tail <= head + slots.length}, as differences of wrapping numbers. Slots from
 * {@code head} to {@code tail} belong to the consumers, all others to the producers. Growing takes both locks.
 *
 * <p><b>Benchmark row:</b> workers, groups of 1.
 */
public final class WorkList {
    private static final VarHandle HEAD;
    private static final VarHandle TAIL;
    private static final int FEWEST_SLOTS = 16;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(WorkList.class, "head", int.class).withInvokeExactBehavior();
            TAIL = lookup.findVarHandle(WorkList.class, "tail", int.class).withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int depth;
    /** Written under both locks, read under either. */
    private Work[] slots = new Work[FEWEST_SLOTS];
    /** What producers have written to {@code tail}. Producers read and write it under the device's lock. */
    private int filled;
    /** What a producer last saw of {@code head}. Producers read and write it under the device's lock. */
    private int headSeen;
    /** Number of pieces that were ever added. Producers write it under the device's lock, consumers read it. */
    @SuppressWarnings("UnusedVariable") // Written by TAIL.
    private volatile int tail;
    /** Number of pieces that were ever taken. Consumers write it under the monitor, producers read it. */
    private volatile int head;

    /** The next list in the run queue. {@link RunQueue} reads and writes it under its lock. */
    WorkList next;
    /** Whether the list is in the run queue. {@link RunQueue} writes it under its lock; workers read it as a hint. */
    volatile boolean linked;
    /** Whether the event thread has work here that it has not published. Only that thread reads and writes it. */
    boolean unpublished;

    /**
     * A list without work.
     *
     * @param depth how many pieces may wait
     */
    public WorkList(int depth) {
        this.depth = depth;
    }

    /** Whether as many pieces wait as may. A producer calls this method with the device's lock. */
    public boolean full() {
        if (filled - headSeen >= depth) {
            headSeen = (int) HEAD.getAcquire(this);
        }
        return filled - headSeen >= depth;
    }

    /**
     * Adds a piece. A producer calls this method with the device's lock, and makes the list ready afterwards: a worker
     * that has the list already may take the piece before that.
     */
    public void add(Work work) {
        if (filled - headSeen == slots.length) {
            headSeen = (int) HEAD.getAcquire(this);
            if (filled - headSeen == slots.length) {
                grow();
            }
        }
        slots[filled & (slots.length - 1)] = work;
        filled++;
        TAIL.setRelease(this, filled);
    }

    private void grow() {
        synchronized (this) {
            Work[] larger = new Work[2 * slots.length];
            for (int i = head; i != filled; i++) {
                larger[i & (larger.length - 1)] = slots[i & (slots.length - 1)];
            }
            slots = larger;
        }
    }

    /**
     * Takes the oldest pieces. A consumer calls this method.
     *
     * @param most how many pieces to take at most, not more than {@code to} has places
     * @return how many pieces were taken
     */
    int take(Work[] to, int most) {
        synchronized (this) {
            int first = head;
            int n = Math.min(most, (int) TAIL.getAcquire(this) - first);
            for (int i = 0; i < n; i++) {
                int slot = (first + i) & (slots.length - 1);
                to[i] = slots[slot];
                slots[slot] = null;
            }
            HEAD.setRelease(this, first + n);
            return n;
        }
    }

    /** Whether pieces wait. Any thread; the answer may be old when the caller reads it. */
    boolean hasWork() {
        return (int) TAIL.getVolatile(this) != (int) HEAD.getVolatile(this);
    }
}
