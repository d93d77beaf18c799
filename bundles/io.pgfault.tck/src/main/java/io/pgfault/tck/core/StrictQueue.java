// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.Latency;
import io.pgfault.tck.Rule;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A fault queue of {@link StrictFaults}. */
final class StrictQueue implements FaultQueue {
    private final StrictFaults faults;
    private final String name;
    private final List<StrictDevice> devices = new CopyOnWriteArrayList<>();
    private final Counts counts = new Counts();
    private volatile boolean freed;

    StrictQueue(StrictFaults faults, String name) {
        this.faults = faults;
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void add(Device device) {
        StrictDevice known = faults.known(device);
        if (!known.driver().canRespond(device)) {
            faults.complain(
                    Rule.C02, "added " + device.name() + ", which its driver says that it can't respond to", null);
            throw new UnsupportedOperationException(device.name() + " can't be answered");
        }
        if (freed || !known.enter(this)) {
            faults.complain(Rule.C02, "added " + device.name() + ", which is in a queue or gone", null);
            throw new IllegalStateException(device.name() + " is busy");
        }
        devices.add(known);
    }

    @Override
    public void remove(Device device) {
        StrictDevice known = faults.known(device);
        if (devices.remove(known)) {
            known.leave();
        }
    }

    @Override
    public List<Device> devices() {
        return List.copyOf(devices);
    }

    @Override
    public void flush(Device device) throws InterruptedException {
        faults.known(device).flush();
    }

    @Override
    public void discardPartials() {
        for (StrictDevice device : devices) {
            device.counters().add(Counter.DISCARDED_PARTIALS, device.discardPartials());
        }
    }

    @Override
    public Counters counters() {
        return counts;
    }

    @Override
    public Latency latency() {
        return new Latency(0, 0, 0, 0, 0, 0);
    }

    @Override
    public void close() {
        freed = true;
        devices.forEach(this::remove);
        faults.freed(this);
    }
}
