// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A device's place in a fault queue: the work of this device that waits for the queue's workers, first in, first out, and
 * the device's link in the queue's ring. Everything but the link is guarded by the device's lock.
 */
final class DeviceWork {
    private static final VarHandle NEXT_IN_RING;

    static {
        try {
            NEXT_IN_RING = MethodHandles.lookup().findVarHandle(DeviceWork.class, "nextInRing", DeviceWork.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final FaultParam param;
    final IopfQueue queue;
    private final int depth;
    private Work head;
    private Work tail;
    private int size;

    @SuppressWarnings("UnusedVariable") // accessed by NEXT_IN_RING
    private volatile DeviceWork nextInRing;

    DeviceWork(FaultParam param, IopfQueue queue, int depth) {
        this.param = param;
        this.queue = queue;
        this.depth = depth;
    }

    boolean full() {
        return size >= depth;
    }

    /** Adds work; true if there was none, so that the device isn't in the ring and the caller puts it there. */
    boolean add(Work work) {
        if (tail == null) {
            head = work;
        } else {
            tail.next = work;
        }
        tail = work;
        return size++ == 0;
    }

    /** Takes the oldest work; if {@link #isEmpty} is false then, the caller puts the device into the ring again. */
    Work poll() {
        Work work = head;
        head = work.next;
        work.next = null;
        if (head == null) {
            tail = null;
        }
        size--;
        return work;
    }

    boolean isEmpty() {
        return size == 0;
    }

    DeviceWork nextInRing() {
        return (DeviceWork) NEXT_IN_RING.getVolatile(this);
    }

    void nextInRing(DeviceWork next) {
        NEXT_IN_RING.setVolatile(this, next);
    }
}
