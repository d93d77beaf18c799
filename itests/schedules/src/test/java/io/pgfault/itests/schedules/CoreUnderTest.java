// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.core.internal.IoPageFaultCore;
import io.pgfault.core.internal.Settings;
import io.pgfault.core.internal.device.IopfQueue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The real core for scenarios: the one class of this module that names classes of the core. An actor
 * that calls {@link #expire} is the core's timer.
 */
public final class CoreUnderTest {
    /** The deadline, the grace time and the park time, in nanoseconds. */
    public static final long DEADLINE = TimeUnit.SECONDS.toNanos(10);

    public static final long GRACE = TimeUnit.SECONDS.toNanos(1);
    public static final long PARK = TimeUnit.SECONDS.toNanos(2);

    private final IoPageFaultCore core;
    private final FaultQueue queue;

    /**
     * A core with one queue, {@code unit0}.
     *
     * @param workers threads of the queue; with 0 an actor that calls {@link #turn} is the queue's worker
     */
    public CoreUnderTest(LongSupplier clock, int workers) {
        core = new IoPageFaultCore(new Settings(DEADLINE, GRACE, PARK, 8, 16, 32, 64, workers, 16), clock);
        queue = core.allocate("unit0");
    }

    public IoPageFaults faults() {
        return core;
    }

    public FaultQueue queue() {
        return queue;
    }

    /** A handler service comes, or its properties change. */
    public void register(FaultHandler handler, long serviceId, int ranking, boolean inline, String kind) {
        core.addHandler(handler, serviceId, ranking, inline, Set.of(kind));
    }

    /** A handler service goes. */
    public void unregister(long serviceId) {
        core.removeHandler(serviceId);
    }

    /** Does what is due: deadlines, recalls, the end of parking. */
    public void expire() {
        core.expire(Long.MAX_VALUE);
    }

    /** Runs one piece of work as a worker does; false if none waits. */
    public boolean turn() {
        return ((IopfQueue) queue).turn();
    }

    /** Removes the devices of the unit, as when its driver goes. */
    public void removeUnit() {
        core.removeUnit("unit0");
    }

    /** Stops the core. */
    public void stop() {
        core.close();
    }
}
