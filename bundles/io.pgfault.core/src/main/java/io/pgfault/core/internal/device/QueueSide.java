// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

import io.pgfault.api.Device;
import io.pgfault.core.internal.count.CoreCounters;
import io.pgfault.core.internal.count.LatencyHistogram;
import io.pgfault.core.internal.work.Slice;
import io.pgfault.core.internal.work.Workers;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/** A fault queue, as a device in it sees it: its workers, its event thread's slice, what it counts and measures. */
final class QueueSide {
    final String name;
    final Workers workers;
    final Slice slice;
    final CoreCounters counters = new CoreCounters();
    final LatencyHistogram latency = new LatencyHistogram();
    /** The devices in the queue, in the order in which they came. Guarded by itself. */
    private final Set<Device> devices = new LinkedHashSet<>();

    QueueSide(String name, int workers, LongSupplier clock) {
        this.name = name;
        this.workers = new Workers(name, workers);
        this.slice = new Slice(clock, this.workers);
    }

    /** A group that closed at {@code closedAt} is being answered. */
    void measure(long closedAt) {
        latency.record(slice.now() - closedAt);
    }

    /** The monitor that adding to and removing from the queue take. */
    Object membership() {
        return devices;
    }

    void add(Device device) {
        synchronized (devices) {
            devices.add(device);
        }
    }

    void remove(Device device) {
        synchronized (devices) {
            devices.remove(device);
        }
    }

    List<Device> devices() {
        synchronized (devices) {
            return List.copyOf(devices);
        }
    }
}
