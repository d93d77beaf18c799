// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which driver service a fault queue and its devices belong to (rule C20).
 *
 * <p>A name alone does not tell: two configurations may name one unit, and only the service that allocates the queue
 * works. The core must not ask for the service object, because that would activate the driver. So the core keeps, for
 * each unit, the services that may own the queue: the services of that name that were there when the queue was
 * allocated, or the first that came afterwards. A service that is not among them takes nothing along when it goes.
 * Where several services may own the queue, the devices go with the last of these services.
 *
 * <p>One plain lock, the monitor. The container's threads and the threads that allocate queues take it.
 */
final class DriverServices {
    /** The services that are there, by unit. */
    private final Map<String, Set<Long>> services = new HashMap<>();
    /** The services that may own the unit's queue. A unit without a queue has no entry. */
    private final Map<String, Set<Long>> owners = new HashMap<>();

    synchronized void come(String unit, long serviceId) {
        services.computeIfAbsent(unit, name -> new HashSet<>()).add(serviceId);
        Set<Long> of = owners.get(unit);
        if (of != null && of.isEmpty()) {
            of.add(serviceId);
        }
    }

    synchronized void allocated(String unit) {
        owners.put(unit, new HashSet<>(services.getOrDefault(unit, Set.of())));
    }

    synchronized void freed(String unit) {
        owners.remove(unit);
    }

    /** A service goes; true if the unit's devices go with it. */
    synchronized boolean go(String unit, long serviceId) {
        Set<Long> there = services.getOrDefault(unit, new HashSet<>());
        there.remove(serviceId);
        if (there.isEmpty()) {
            services.remove(unit);
        }
        Set<Long> of = owners.get(unit);
        if (of == null) {
            return there.isEmpty();
        }
        return of.remove(serviceId) && of.isEmpty();
    }
}
