// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.parts.BackoffLock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The pending groups of one device: every closed group from before a handler can see it (rule C04) until its response
 * is at the driver, groups that are answered at once included.
 *
 * <p><b>Algorithm:</b> rings of places. A group is stored at index {@code number % length} of the newest ring. The next
 * number is normally free; if the group that used the place one lap ago still has it, the number is skipped. When half
 * of the newest ring is taken, a ring of twice the length follows; a group never moves.
 *
 * <p><b>Invariant:</b> the reporting thread alone fills places, under the device's lock, and only empty ones. A place
 * is emptied by the one thread that answered its group, without a lock, after the group was marked delivered. So no two
 * threads write one place at a time, and a thread that lists the groups under the lock finds every group that closed
 * before and is not delivered.
 *
 * <p>Waiting has a lock of its own. A thread that waits counts itself in {@code waiters} before it looks at a group's
 * owner; a thread that delivers marks the group before it reads {@code waiters}: one of the two sees the other
 * (Dekker's two flags).
 *
 * <p><b>Benchmark rows:</b> workers, groups of 1 (no lock to leave); 100,000 groups held (one line for each group).
 */
public final class PendingGroups {
    private static final System.Logger LOG = System.getLogger(PendingGroups.class.getName());
    private static final VarHandle PLACE =
            MethodHandles.arrayElementVarHandle(IopfGroup[].class).withInvokeExactBehavior();
    private static final int FEWEST_PLACES = 64;

    private final BackoffLock lock;
    private final Object device;
    private final long deadlineNanos;
    private final LongSupplier clock;
    private final LongSupplier responses;
    /** The newest ring. Written under the lock, read by any thread. */
    private IopfGroup[] newest = new IopfGroup[FEWEST_PLACES];
    /** All rings, the newest last. Written under the lock, read by any thread. */
    private volatile IopfGroup[][] rings = {newest};
    /** The index of {@code newest} in {@code rings}. Only the reporting thread reads and writes it. */
    private int newestAt;
    /** The number of the next group. Only the reporting thread reads and writes it. */
    private long next;
    /** How many groups were added. Only the reporting thread reads and writes it. */
    private long added;
    /**
     * How many groups had been answered when the reporting thread looked last. Only the reporting thread reads and
     * writes it.
     */
    private long answeredSeen;
    /**
     * How many requests the added groups have beside each group's last, less those of groups that the reporting thread
     * has delivered. Only the reporting thread reads and writes it.
     */
    private long heldRequests;
    /**
     * How many requests, beside each group's last, the groups have that other threads than the reporting one have
     * delivered. Delivering threads add; any thread reads.
     */
    private final AtomicLong returnedRequests = new AtomicLong();
    /** How many threads wait for a delivery. */
    private final AtomicInteger waiters = new AtomicInteger();
    /** The monitor of the waiting threads. */
    private final Object delivery = new Object();

    /**
     * No groups yet.
     *
     * @param lock the device's lock
     * @param device for people
     * @param responses how many groups of the device were answered so far, each before its response is at the driver
     */
    public PendingGroups(
            BackoffLock lock, Object device, long deadlineNanos, LongSupplier clock, LongSupplier responses) {
        this.lock = lock;
        this.device = device;
        this.deadlineNanos = deadlineNanos;
        this.clock = clock;
        this.responses = responses;
    }

    // The reporting thread, with the lock

    /** Whether there are {@code bound} groups that are not answered. */
    public boolean reaches(long bound) {
        if (added - answeredSeen >= bound) {
            answeredSeen = responses.getAsLong();
        }
        return added - answeredSeen >= bound;
    }

    /** How many requests the groups hold, beside each group's last. */
    public long requests() {
        return heldRequests - returnedRequests.get();
    }

    /** Adds a group that has closed. */
    public void add(IopfGroup group) {
        IopfGroup[] ring = newest;
        if (reaches(ring.length / 2)) {
            ring = grow();
        }
        long number = next;
        while ((IopfGroup) PLACE.getAcquire(ring, (int) number & (ring.length - 1)) != null) {
            number++;
            if (number - next >= ring.length) {
                // Every place is taken by a group that is answered and not yet delivered.
                ring = grow();
            }
        }
        next = number + 1;
        group.place(newestAt, number);
        PLACE.setRelease(ring, (int) number & (ring.length - 1), group);
        added++;
        heldRequests += group.size() - 1;
    }

    private IopfGroup[] grow() {
        IopfGroup[][] before = rings;
        IopfGroup[][] more = Arrays.copyOf(before, before.length + 1);
        newest = new IopfGroup[newest.length * 2];
        more[before.length] = newest;
        newestAt = before.length;
        rings = more;
        return newest;
    }

    // The thread that has answered the group

    /**
     * A group that has been marked delivered is pending no longer; wakes threads that wait for it.
     *
     * @param reporting whether the calling thread reports for the device
     */
    public void remove(IopfGroup group, boolean reporting) {
        IopfGroup[] ring = reporting && group.ring() == newestAt ? newest : rings[group.ring()];
        PLACE.setRelease(ring, (int) group.number() & (ring.length - 1), (IopfGroup) null);
        int requests = group.size() - 1;
        if (reporting) {
            heldRequests -= requests;
            if (group.number() == next - 1) {
                // The same place again, which is in the cache.
                next--;
            }
        } else if (requests > 0) {
            returnedRequests.getAndAdd(requests);
        }
        if (waiters.get() > 0) {
            synchronized (delivery) {
                delivery.notifyAll();
            }
        }
    }

    // Any thread, without the lock

    /** The groups that {@code wanted} holds for, in the order in which they closed. */
    public List<IopfGroup> list(Predicate<IopfGroup> wanted) {
        List<IopfGroup> groups = new ArrayList<>();
        lock.lock();
        try {
            for (IopfGroup[] ring : rings) {
                for (int i = 0; i < ring.length; i++) {
                    IopfGroup group = (IopfGroup) PLACE.getAcquire(ring, i);
                    if (group != null && !group.delivered() && wanted.test(group)) {
                        groups.add(group);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        groups.sort(Comparator.comparingLong(IopfGroup::number));
        return groups;
    }

    /**
     * Answers the groups that {@code wanted} holds for INVALID, and returns when the response of each is at the driver.
     * Does not wait for a response that the calling thread itself is sending (a call from within {@code pageResponse}).
     *
     * @return whether all responses are at the driver; false if the driver did not return within the deadline
     */
    public boolean answerInvalid(Predicate<IopfGroup> wanted) {
        List<IopfGroup> groups = list(wanted);
        groups.forEach(group -> group.answer(ResponseCode.INVALID, null));
        long end = System.nanoTime() + deadlineNanos;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return awaitDriver(groups, end);
                } catch (InterruptedException e) {
                    // The calling thread may not return before the responses are out. That thread sees the interrupt
                    // afterwards.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Returns when the groups that are pending now have been answered (rule C13). When the deadline has passed all of
     * them are due, so this method does what the timer may be late for; a group stays unanswered only where the core's
     * clock doesn't run.
     */
    public void flush() throws InterruptedException {
        List<IopfGroup> groups = list(group -> true);
        if (!await(groups, System.nanoTime() + deadlineNanos)) {
            expire(clock.getAsLong());
            groups.removeIf(group -> !group.isAnswered());
            awaitDriver(groups, System.nanoTime() + deadlineNanos);
        }
    }

    /** Returns when the responses of answered groups are out, or logs at {@code end} that the driver holds one back. */
    private boolean awaitDriver(List<IopfGroup> groups, long end) throws InterruptedException {
        boolean delivered = await(groups, end);
        if (!delivered) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0}: its driver has not returned from sending responses within the deadline",
                    device);
        }
        return delivered;
    }

    private boolean await(List<IopfGroup> groups, long end) throws InterruptedException {
        synchronized (delivery) {
            waiters.incrementAndGet();
            try {
                for (IopfGroup group : groups) {
                    while (!group.delivered() && !group.answeredByCurrentThread()) {
                        long left = end - System.nanoTime();
                        if (left <= 0) {
                            return false;
                        }
                        TimeUnit.NANOSECONDS.timedWait(delivery, left);
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
    public long expire(long now) {
        long soonest = Long.MAX_VALUE;
        for (IopfGroup group : list(group -> !group.isAnswered())) {
            long left = group.closedAt() + deadlineNanos - now;
            if (left > 0) {
                soonest = Math.min(soonest, left);
            } else if (group.answer(ResponseCode.INVALID, Counter.TIMED_OUT)) {
                group.warn("not answered within the deadline, answered INVALID", null);
            }
        }
        return soonest;
    }
}
