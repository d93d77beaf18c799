// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The pending groups of one device, in a ring of places: a group's place is the lowest bits of its number, which counts
 * up. A group that closes takes the next free place, which is the next one unless somebody takes his time; the ring has
 * at least twice as many places as groups. Numbers tell the order in which groups closed.
 *
 * <p>Adding and everything that looks at all groups happens under the device's lock. Who delivers a response takes none:
 * workers answer while the event thread reports, and a lock that both need for every group would keep waking one of them.
 * They empty the place, which lies in another part of the ring than the one that is being filled, and count, a cache line
 * away from everything else.
 *
 * <p>When the ring is exchanged for a larger one, a group may be delivered at the same time. It is marked delivered before
 * the ring is read, and the marks are read after the ring is written, so that one of the two empties its place; if both try,
 * the second finds that the place isn't the group's any more.
 */
final class PendingGroups {
    private static final System.Logger LOGGER = System.getLogger(PendingGroups.class.getName());
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(IopfGroup[].class);
    private static final int FEWEST_PLACES = 64;
    /** Indexes of what has been delivered, a cache line from the ends. */
    private static final int GROUPS = 8;

    private static final int REQUESTS = 9;
    private static final int COUNTS = 18;

    private final FaultParam param;
    private final Object lock;
    private final long deadlineNanos;
    private final LongSupplier clock;
    private final AtomicLongArray delivered = new AtomicLongArray(COUNTS);
    private volatile IopfGroup[] places = new IopfGroup[FEWEST_PLACES];
    private int next;
    private long added;
    private long addedRequests;
    /** What had been delivered when it was looked up last; it may be more by now. */
    private long deliveredSeen;

    private final AtomicInteger waiters = new AtomicInteger();

    PendingGroups(FaultParam param, long deadlineNanos, LongSupplier clock) {
        this.param = param;
        this.lock = param.lock();
        this.deadlineNanos = deadlineNanos;
        this.clock = clock;
    }

    // With the lock

    /** Whether there are {@code bound} groups. */
    boolean reaches(long bound) {
        if (added - deliveredSeen >= bound) {
            deliveredSeen = delivered.get(GROUPS);
        }
        return added - deliveredSeen >= bound;
    }

    /** How many requests the groups hold, beside each group's last. */
    long requests() {
        return addedRequests - delivered.get(REQUESTS);
    }

    void add(IopfGroup group) {
        IopfGroup[] ring = places;
        if (reaches(ring.length / 2)) {
            ring = grow(ring);
        }
        int mask = ring.length - 1;
        int number = next;
        while (PLACE.getAcquire(ring, number & mask) != null) {
            number++;
        }
        next = number + 1;
        group.number(number);
        PLACE.setRelease(ring, number & mask, group);
        added++;
        addedRequests += group.size() - 1;
    }

    /** Numbers that have places of their own in the smaller ring have in the larger one too. */
    private IopfGroup[] grow(IopfGroup[] ring) {
        IopfGroup[] larger = new IopfGroup[ring.length * 2];
        for (int i = 0; i < ring.length; i++) {
            IopfGroup group = (IopfGroup) PLACE.getAcquire(ring, i);
            if (group != null) {
                larger[group.number() & (larger.length - 1)] = group;
            }
        }
        places = larger;
        for (int i = 0; i < larger.length; i++) {
            IopfGroup group = (IopfGroup) PLACE.getAcquire(larger, i);
            if (group != null && group.delivered()) {
                leave(larger, group);
            }
        }
        return larger;
    }

    // Without the lock

    /** Empties a group's place unless it has left it; then the place may be another's. */
    private static void leave(IopfGroup[] ring, IopfGroup group) {
        PLACE.compareAndSet(ring, group.number() & (ring.length - 1), group, (IopfGroup) null);
    }

    /** A group that has been marked delivered is none of these any more; wakes who waits for it. */
    void remove(IopfGroup group) {
        leave(places, group);
        if (group.size() > 1) {
            delivered.getAndAdd(REQUESTS, group.size() - 1);
        }
        delivered.getAndIncrement(GROUPS);
        if (waiters.get() > 0) {
            synchronized (lock) {
                lock.notifyAll();
            }
        }
    }

    /** The groups that {@code wanted} holds for, oldest first. */
    List<IopfGroup> list(Predicate<IopfGroup> wanted) {
        List<IopfGroup> groups = new ArrayList<>();
        synchronized (lock) {
            IopfGroup[] ring = places;
            for (int i = 0; i < ring.length; i++) {
                IopfGroup group = (IopfGroup) PLACE.getAcquire(ring, i);
                if (group != null && !group.delivered() && wanted.test(group)) {
                    groups.add(group);
                }
            }
        }
        groups.sort((one, other) -> one.number() - other.number());
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
            waiters.incrementAndGet();
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
                waiters.decrementAndGet();
            }
        }
    }

    /**
     * Answers the groups that are past their deadline INVALID (rule C11).
     *
     * @return how long until the next one is, in nanoseconds; {@code Long.MAX_VALUE} if there is none
     */
    long expire(long now) {
        long next = Long.MAX_VALUE;
        for (IopfGroup group : list(group -> !group.answered())) {
            long left = group.closedAt() + deadlineNanos - now;
            if (left > 0) {
                next = Math.min(next, left);
            } else if (group.answer(ResponseCode.INVALID, Counter.TIMED_OUT)) {
                param.warn("not answered within the deadline, answered INVALID", group, null);
            }
        }
        return next;
    }
}
