// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A device's place in a fault queue: the work of this device that waits for the queue's workers, first in, first out, and
 * the device's link in the queue's ring.
 *
 * <p>Work is added under the device's lock. It is taken by one thread at a time, the one that has taken the device out of
 * the ring; that needs the lock only for the last piece, so a worker and whoever reports don't meet while there is more.
 */
final class DeviceWork {
    private static final VarHandle NEXT_IN_RING;
    private static final VarHandle TAKEN;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            NEXT_IN_RING = lookup.findVarHandle(DeviceWork.class, "nextInRing", DeviceWork.class);
            TAKEN = lookup.findVarHandle(DeviceWork.class, "taken", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final FaultParam param;
    final IopfQueue queue;
    private final int depth;
    /** The oldest work, while there is any: who puts the device into the ring has written it, or who took work before. */
    private Work head;
    /** The newest work; {@code null} if there is none. With the lock. */
    private Work tail;
    /** How much has been added, and how much of that was known to be taken when it was looked up. With the lock. */
    private int added;

    private int takenSeen;
    /** How much has been taken. */
    private volatile int taken;

    @SuppressWarnings("UnusedVariable") // accessed by NEXT_IN_RING
    private volatile DeviceWork nextInRing;

    DeviceWork(FaultParam param, IopfQueue queue, int depth) {
        this.param = param;
        this.queue = queue;
        this.depth = depth;
    }

    /** With the lock. */
    boolean full() {
        if (added - takenSeen >= depth) {
            takenSeen = taken;
        }
        return added - takenSeen >= depth;
    }

    /** Adds work, with the lock; true if there was none, so that the device isn't in the ring and the caller puts it there. */
    boolean add(Work work) {
        boolean first = tail == null;
        if (first) {
            head = work;
        } else {
            tail.next(work);
        }
        tail = work;
        added++;
        return first;
    }

    /** The oldest work, for who has taken the device out of the ring. */
    Work first() {
        return head;
    }

    /** Takes the oldest work; true if there is more, so that the caller puts the device into the ring again. */
    boolean take() {
        Work work = head;
        Work next = work.next();
        if (next != null) {
            advance(work, next);
            return true;
        }
        synchronized (param.lock()) {
            next = work.next();
            if (next == null) {
                tail = null;
            }
            advance(work, next);
        }
        return next != null;
    }

    private void advance(Work work, Work next) {
        // It may be added again.
        work.next(null);
        head = next;
        TAKEN.setRelease(this, taken + 1);
    }

    DeviceWork nextInRing() {
        return (DeviceWork) NEXT_IN_RING.getVolatile(this);
    }

    void nextInRing(DeviceWork next) {
        NEXT_IN_RING.setVolatile(this, next);
    }
}
