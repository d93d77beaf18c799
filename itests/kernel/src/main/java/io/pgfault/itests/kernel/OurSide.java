// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.kernel;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Unit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;

/** What all units there were have counted: groups and answers in the core, and the answers that the kernel took. */
final class OurSide implements ServiceTrackerCustomizer<Unit, Unit>, AutoCloseable {
    private final BundleContext context;
    private final ServiceTracker<Unit, Unit> tracker;
    private final Map<Unit, AutoCloseable> units = new ConcurrentHashMap<>();
    private final AtomicLong successes = new AtomicLong();
    private final AtomicLong invalids = new AtomicLong();

    /**
     * Counts.
     *
     * @param groups closed in the core
     * @param success answered SUCCESS in the core
     * @param invalid answered INVALID in the core
     * @param takenSuccess written with code 0 and taken by the kernel
     * @param takenInvalid written with code 1 and taken by the kernel
     */
    record Counts(long groups, long success, long invalid, long takenSuccess, long takenInvalid) {
        Counts since(Counts before) {
            return new Counts(
                    groups - before.groups,
                    success - before.success,
                    invalid - before.invalid,
                    takenSuccess - before.takenSuccess,
                    takenInvalid - before.takenInvalid);
        }

        @Override
        public String toString() {
            return "groups=%d answeredSuccess=%d answeredInvalid=%d takenSuccess=%d takenInvalid=%d"
                    .formatted(groups, success, invalid, takenSuccess, takenInvalid);
        }
    }

    OurSide(BundleContext context) {
        this.context = context;
        this.tracker = new ServiceTracker<>(context, Unit.class, this);
        tracker.open();
    }

    @Override
    public Unit addingService(ServiceReference<Unit> reference) {
        Unit unit = context.getService(reference);
        // Stays as long as the unit does.
        AutoCloseable tap =
                unit.tap((record, code) -> (code == ResponseCode.SUCCESS ? successes : invalids).incrementAndGet());
        units.put(unit, tap);
        return unit;
    }

    /** Whether the device's answers are counted: its unit may be there a moment before this has seen it. */
    boolean watches(Device device) {
        return units.keySet().stream().anyMatch(unit -> unit.queue().devices().contains(device));
    }

    @Override
    public void modifiedService(ServiceReference<Unit> reference, Unit unit) {}

    @Override
    public void removedService(ServiceReference<Unit> reference, Unit unit) {}

    Counts now() {
        return new Counts(
                count(Counter.GROUPS), count(Counter.SUCCESS), count(Counter.INVALID), successes.get(), invalids.get());
    }

    private long count(Counter counter) {
        return units.keySet().stream()
                .mapToLong(unit -> unit.queue().counters().get(counter))
                .sum();
    }

    @Override
    public void close() {
        tracker.close();
    }
}
