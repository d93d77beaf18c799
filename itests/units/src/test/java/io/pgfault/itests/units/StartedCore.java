// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.core.internal.IoPageFaultCore;
import io.pgfault.core.internal.Settings;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** The core as a container runs it, without the container. */
public final class StartedCore implements AutoCloseable {
    private final AtomicLong lastServiceId = new AtomicLong();
    private final IoPageFaultCore core;

    /** A core with two workers for each unit and the usual bounds. */
    public StartedCore(Duration deadline) {
        core = new IoPageFaultCore(
                new Settings(
                        deadline.toNanos(),
                        Duration.ofSeconds(1).toNanos(),
                        Duration.ofSeconds(1).toNanos(),
                        65_536,
                        4_096,
                        65_536,
                        524_288,
                        2,
                        65_536),
                System::nanoTime);
        core.startTimer();
    }

    public IoPageFaults faults() {
        return core;
    }

    /** Registers a handler; it runs on the workers unless it is inline. */
    public void serve(String kind, boolean inline, FaultHandler handler) {
        serve(kind, inline, 0, handler);
    }

    /** Registers a handler with a ranking; returns the service id, which {@link #leave} takes. */
    public long serve(String kind, boolean inline, int ranking, FaultHandler handler) {
        long id = lastServiceId.incrementAndGet();
        core.addHandler(handler, id, ranking, inline, Set.of(kind));
        return id;
    }

    /** Unregisters a handler. */
    public void leave(long serviceId) {
        core.removeHandler(serviceId);
    }

    /** What the container says when the driver's service goes, before the unit is stopped. */
    public void unitGoes(String unit) {
        core.removeUnit(unit);
    }

    @Override
    public void close() {
        core.close();
    }
}
