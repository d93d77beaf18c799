// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Something for a fault queue's workers to do for a device: a group to offer to handlers, or a handler's own work. */
abstract class Work {
    private static final VarHandle NEXT;

    static {
        try {
            NEXT = MethodHandles.lookup().findVarHandle(Work.class, "next", Work.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("UnusedVariable") // accessed by NEXT
    private Work next;

    /** The next work of the same device, see {@link DeviceWork}. */
    Work next() {
        return (Work) NEXT.getAcquire(this);
    }

    void next(Work work) {
        NEXT.setRelease(this, work);
    }

    /** Runs on a worker. Must not throw. */
    abstract void run();
}
