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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A fault queue of the fake core: it has no worker, the reporting thread calls the handler. Any thread. */
final class StrictQueue implements FaultQueue {
    private final Complaints complaints;
    private final Script script;
    private final String name;
    private final Consumer<StrictQueue> whenFreed;
    private final List<StrictDevice> devices = new CopyOnWriteArrayList<>();
    private final Counts counts = new Counts();
    private final AtomicInteger discards = new AtomicInteger();

    /** Written by the thread that closes the queue, read by the threads that add devices. */
    private volatile boolean freed;

    StrictQueue(Complaints complaints, Script script, String name, Consumer<StrictQueue> whenFreed) {
        this.complaints = complaints;
        this.script = script;
        this.name = name;
        this.whenFreed = whenFreed;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void add(Device device) {
        script.throwAddFailure();
        StrictDevice known = StrictDevice.of(device);
        if (!known.driver().canRespond(device)) {
            complaints.complain(Rule.C02, "added " + device.name() + ", although canRespond is false for this device");
            throw new UnsupportedOperationException(device.name() + " can't be answered");
        }
        if (freed || !known.enter(this)) {
            complaints.complain(Rule.C02, "added " + device.name() + ", which is in a queue already or released");
            throw new IllegalStateException(device.name() + " is busy");
        }
        devices.add(known);
    }

    @Override
    public void remove(Device device) {
        StrictDevice known = StrictDevice.of(device);
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
        StrictDevice.of(device).flush();
    }

    @Override
    public void beginBatch() {
        script.runOnBatch();
    }

    @Override
    public void discardPartials() {
        script.runOnDiscard();
        discards.incrementAndGet();
        for (StrictDevice device : devices) {
            device.counters().add(Counter.DISCARDED_PARTIALS, device.discardPartials());
        }
    }

    /** Returns how often {@link #discardPartials} was called. */
    int discards() {
        return discards.get();
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
        whenFreed.accept(this);
    }
}
