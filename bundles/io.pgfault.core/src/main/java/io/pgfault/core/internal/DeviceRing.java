// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The devices of one fault queue that have work, in the order in which they take turns (rule C16): a worker takes the
 * first device, one piece of its work, and puts the device at the end again if it has more.
 *
 * <p>A linked queue through the devices themselves, so it neither allocates nor is ever full. Adding exchanges the tail
 * and then links the former tail to the new device; no lock, so reporting threads of different devices don't meet in
 * one. Workers take turns at the head. Between exchange and link {@link #poll} may see the ring as empty; whoever adds
 * wakes a worker after linking.
 */
final class DeviceRing {
    private static final VarHandle TAIL;

    static {
        try {
            TAIL = MethodHandles.lookup().findVarHandle(DeviceRing.class, "tail", DeviceWork.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Keeps the list from ever being without a node. */
    private final DeviceWork stub = new DeviceWork(null, null, 0);

    private final Object headLock = new Object();
    private DeviceWork head = stub;
    private volatile DeviceWork tail = stub;

    /** Adds a device, which must not be in the ring. */
    void add(DeviceWork device) {
        device.nextInRing(null);
        DeviceWork last = (DeviceWork) TAIL.getAndSet(this, device);
        last.nextInRing(device);
    }

    /** Takes the first device; {@code null} if there is none. */
    DeviceWork poll() {
        synchronized (headLock) {
            DeviceWork first = head;
            DeviceWork second = first.nextInRing();
            if (first == stub) {
                if (second == null) {
                    return null;
                }
                head = second;
                first = second;
                second = first.nextInRing();
            }
            if (second == null) {
                if (tail != first) {
                    return null;
                }
                add(stub);
                second = first.nextInRing();
                if (second == null) {
                    return null;
                }
            }
            head = second;
            return first;
        }
    }

    /** Whether there seems to be a device, at a glance: no lock, and now and then wrong. */
    boolean hasWork() {
        return tail != stub;
    }

    /** Whether there was no device, or one was just being added. */
    boolean isEmpty() {
        synchronized (headLock) {
            return head == stub && head.nextInRing() == null;
        }
    }
}
