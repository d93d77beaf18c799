// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.handler.FaultGroup;

/**
 * The groups that no client has been given yet, in order of arrival, each with the time since when it waits. Event
 * threads and workers offer, the queue's thread takes; the lock is held for constant time, but for {@link #purge}, which
 * visits what there is and happens when nothing moves.
 *
 * <p>The queue's thread says before it sleeps whether a group would give it something to do; the first offer after that
 * wakes it, later ones don't bother.
 */
final class WaitingGroups {
    private final int bound;
    private final int mask;
    private final FaultGroup[] groups;
    private final long[] since;
    private final Runnable wake;
    private int head;
    private int count;
    private boolean asleep;
    private boolean closed;

    /**
     * @param bound how many groups may wait
     * @param returned how many more may be put back
     * @param wake wakes the queue's thread; any thread
     */
    WaitingGroups(int bound, int returned, Runnable wake) {
        int capacity = Integer.highestOneBit(bound + returned) << 1;
        this.bound = bound;
        this.mask = capacity - 1;
        this.groups = new FaultGroup[capacity];
        this.since = new long[capacity];
        this.wake = wake;
    }

    /** Adds a group; false if too many wait or the queue is closed. */
    boolean offer(FaultGroup group, long now) {
        boolean wakeUp;
        synchronized (this) {
            if (closed || count >= bound) {
                return false;
            }
            int at = (head + count++) & mask;
            groups[at] = group;
            since[at] = now;
            wakeUp = asleep;
            asleep = false;
        }
        if (wakeUp) {
            wake.run();
        }
        return true;
    }

    /** The group that waits longest, {@code null} if none waits. */
    synchronized FaultGroup poll() {
        return count == 0 ? null : take();
    }

    /** As {@link #poll}, if it waits since {@code time} or longer. */
    synchronized FaultGroup pollSince(long time) {
        return count == 0 || since[head] - time > 0 ? null : take();
    }

    private FaultGroup take() {
        FaultGroup group = groups[head];
        groups[head] = null;
        head = (head + 1) & mask;
        count--;
        return group;
    }

    /** Puts groups back that were taken; they are the first again. */
    synchronized void putBack(long now, FaultGroup... taken) {
        for (int i = taken.length - 1; i >= 0; i--) {
            head = (head - 1) & mask;
            groups[head] = taken[i];
            since[head] = now;
            count++;
        }
    }

    /** Since when the first one waits; undefined if none does. */
    synchronized long headSince() {
        return since[head];
    }

    synchronized boolean isEmpty() {
        return count == 0;
    }

    /** Drops the groups that the deadline or a detach has answered. */
    synchronized void purge() {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int from = (head + i) & mask;
            FaultGroup group = groups[from];
            long time = since[from];
            groups[from] = null;
            if (!group.answered()) {
                int to = (head + kept++) & mask;
                groups[to] = group;
                since[to] = time;
            }
        }
        count = kept;
    }

    /**
     * The queue's thread is about to sleep.
     *
     * @param takes whether it would take a group now
     * @return false if a group waits that the thread would take now
     */
    synchronized boolean sleep(boolean takes) {
        if (takes && count > 0) {
            return false;
        }
        // If the thread can't take a group now, only the first waiting group must wake it: that group's arrival starts
        // the time limit.
        asleep = takes || count == 0;
        return true;
    }

    /** From now on no group is taken. */
    synchronized void close() {
        closed = true;
    }
}
