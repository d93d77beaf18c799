// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.core.internal.IoPageFaultCore;
import io.pgfault.core.internal.Settings;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** The core as a container runs it, without the container: two workers for each unit, the usual bounds. */
final class StartedCore implements AutoCloseable {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final AtomicLong lastServiceId = new AtomicLong();
    private final IoPageFaultCore core;

    public StartedCore() {
        core = new IoPageFaultCore(
                new Settings(
                        SECOND.multipliedBy(10).toNanos(),
                        SECOND.toNanos(),
                        SECOND.toNanos(),
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
        core.addHandler(handler, lastServiceId.incrementAndGet(), 0, inline, Set.of(kind));
    }

    @Override
    public void close() {
        core.close();
    }
}
