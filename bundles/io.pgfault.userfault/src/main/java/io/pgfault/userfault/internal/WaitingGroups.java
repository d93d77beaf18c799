// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.handler.FaultGroup;

/**
 * The groups that wait for a client, in order of arrival, each with the time since which the group waits. Event threads
 * and workers offer groups, the queue's thread takes groups. A thread holds the monitor for constant time, except in
 * {@link #purge}, which visits every waiting group.
 *
 * <p>The queue's thread calls {@link #sleep} before it sleeps. The first {@link #offer} after that call wakes the
 * queue's thread; a later offer doesn't.
 */
final class WaitingGroups {
    private final int bound;
    private final int mask;
    /** The waiting groups, a ring. Guarded by the monitor, as are all fields below. */
    private final FaultGroup[] groups;

    private final long[] since;
    private final Runnable wake;
    private int head;
    private int count;
    /** Whether the next offer must wake the queue's thread. */
    private boolean asleep;

    private boolean closed;

    /**
     * @param bound the bound of waiting groups
     * @param returned the bound of groups that the queue's thread puts back
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

    /** Adds a group; false if {@code bound} groups wait or the queue is closed. */
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

    /** Takes the group that waits longest, {@code null} if no group waits. */
    synchronized FaultGroup poll() {
        return count == 0 ? null : take();
    }

    /** Takes the group that waits longest if the group waits since {@code time} or longer, {@code null} otherwise. */
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

    /** Puts taken groups back, in front of all waiting groups. */
    synchronized void putBack(long now, FaultGroup... taken) {
        for (int i = taken.length - 1; i >= 0; i--) {
            head = (head - 1) & mask;
            groups[head] = taken[i];
            since[head] = now;
            count++;
        }
    }

    /** The time since which the first group waits; undefined if no group waits. */
    synchronized long headSince() {
        return since[head];
    }

    synchronized boolean isEmpty() {
        return count == 0;
    }

    /** Drops the groups that a deadline or a detach has answered. */
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
     * Called by the queue's thread before it sleeps.
     *
     * @param takes whether the thread would take a group now
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

    /** Makes every later {@link #offer} fail. */
    synchronized void close() {
        closed = true;
    }
}
