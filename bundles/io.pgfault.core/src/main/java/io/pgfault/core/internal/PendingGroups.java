// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The pending groups of one device in the order in which they closed, which is the order of their deadlines. Linked
 * through the groups, so adding and removing cost the same however many there are.
 *
 * <p>Guarded by the device's lock; methods that answer or wait are called without it and take it where they need it.
 */
final class PendingGroups {
    private static final System.Logger LOGGER = System.getLogger(PendingGroups.class.getName());

    private final FaultParam param;
    private final Object lock;
    private final long deadlineNanos;
    private final LongSupplier clock;
    private IopfGroup oldest;
    private IopfGroup newest;
    private int size;
    private long requests;
    private int waiters;

    PendingGroups(FaultParam param, long deadlineNanos, LongSupplier clock) {
        this.param = param;
        this.lock = param.lock();
        this.deadlineNanos = deadlineNanos;
        this.clock = clock;
    }

    // With the lock

    int size() {
        return size;
    }

    /** How many requests the groups hold, beside each group's last. */
    long requests() {
        return requests;
    }

    void add(IopfGroup group) {
        group.previous = newest;
        if (newest == null) {
            oldest = group;
        } else {
            newest.following = group;
        }
        newest = group;
        size++;
        requests += group.size() - 1;
    }

    /** Removes a group whose response is out, and wakes who waits for it. */
    void remove(IopfGroup group) {
        if (group.previous == null) {
            oldest = group.following;
        } else {
            group.previous.following = group.following;
        }
        if (group.following == null) {
            newest = group.previous;
        } else {
            group.following.previous = group.previous;
        }
        group.previous = null;
        group.following = null;
        size--;
        requests -= group.size() - 1;
        if (waiters > 0) {
            lock.notifyAll();
        }
    }

    // Without the lock

    /** The groups that {@code wanted} holds for, oldest first. */
    List<IopfGroup> list(Predicate<IopfGroup> wanted) {
        List<IopfGroup> groups = new ArrayList<>();
        synchronized (lock) {
            for (IopfGroup group = oldest; group != null; group = group.following) {
                if (wanted.test(group)) {
                    groups.add(group);
                }
            }
        }
        return groups;
    }

    /**
     * Answers the groups that {@code wanted} holds for INVALID, and returns when all of them have their response,
     * whoever gave it; not for a response that the caller itself is sending.
     */
    void answerInvalid(Predicate<IopfGroup> wanted) {
        List<IopfGroup> groups = list(wanted);
        groups.forEach(group -> group.answer(ResponseCode.INVALID));
        long end = System.nanoTime() + deadlineNanos;
        boolean interrupted = false;
        boolean waiting = true;
        while (waiting) {
            try {
                awaitDriver(groups, end);
                waiting = false;
            } catch (InterruptedException e) {
                // The caller may not return before the responses are out; it sees the interrupt afterwards.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Returns when the groups that are pending now have been answered (rule C13). When the deadline has passed all of
     * them are due, so this does what the timer may be late for; a group stays unanswered only where the core's clock
     * doesn't run.
     */
    void flush() throws InterruptedException {
        List<IopfGroup> groups = list(group -> true);
        if (!await(groups, System.nanoTime() + deadlineNanos)) {
            expire(clock.getAsLong());
            groups.removeIf(group -> !group.answered());
            awaitDriver(groups, System.nanoTime() + deadlineNanos);
        }
    }

    /** Returns when the responses of answered groups are out; a driver that holds one back is named at {@code end}. */
    private void awaitDriver(List<IopfGroup> groups, long end) throws InterruptedException {
        if (!await(groups, end)) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "{0}: its driver has not returned from sending responses within the deadline",
                    param);
        }
    }

    private boolean await(List<IopfGroup> groups, long end) throws InterruptedException {
        synchronized (lock) {
            waiters++;
            try {
                for (IopfGroup group : groups) {
                    while (!group.delivered() && !group.answeredByCurrentThread()) {
                        long left = end - System.nanoTime();
                        if (left <= 0) {
                            return false;
                        }
                        TimeUnit.NANOSECONDS.timedWait(lock, left);
                    }
                }
                return true;
            } finally {
                waiters--;
            }
        }
    }

    /**
     * Answers the groups that are past their deadline INVALID (rule C11).
     *
     * @return how long until the next one is, in nanoseconds; {@code Long.MAX_VALUE} if there is none
     */
    long expire(long now) {
        List<IopfGroup> due = new ArrayList<>();
        long next = Long.MAX_VALUE;
        synchronized (lock) {
            for (IopfGroup group = oldest; group != null && next == Long.MAX_VALUE; group = group.following) {
                long left = group.closedAt() + deadlineNanos - now;
                if (left > 0) {
                    next = left;
                } else if (!group.answered()) {
                    due.add(group);
                }
            }
        }
        for (IopfGroup group : due) {
            if (group.answer(ResponseCode.INVALID, Counter.TIMED_OUT)) {
                param.warn("not answered within the deadline, answered INVALID", group, null);
            }
        }
        return next;
    }
}
