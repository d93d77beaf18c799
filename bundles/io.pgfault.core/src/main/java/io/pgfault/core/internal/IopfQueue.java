// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Device;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.Latency;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** A unit's fault queue: its devices, its workers, its counters. */
final class IopfQueue implements FaultQueue {
    private static final System.Logger LOGGER = System.getLogger(IopfQueue.class.getName());
    /** How long freeing waits for a handler that goes on although it has been interrupted. */
    private static final long JOIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** How many groups of a batch close at the same time. */
    private static final int GROUPS_PER_LOOK = 16;

    private final String name;
    private final LongSupplier clock;
    private final Consumer<IopfQueue> freed;
    private final Workers workers;
    private final CoreCounters counters = new CoreCounters();
    private final LatencyHistogram latency = new LatencyHistogram();
    private final long joinNanos;
    /** Guarded by itself. */
    private final Set<FaultParam> devices = new LinkedHashSet<>();

    private boolean closed;

    /**
     * The event thread within a batch. These three are the event thread's own; any other thread finds at most that the
     * first one is not itself, whatever it reads.
     */
    private Thread batching;

    private long batchTime;
    private int batchTimeUses;

    IopfQueue(String name, Settings settings, LongSupplier clock, Consumer<IopfQueue> freed) {
        this.name = name;
        this.clock = clock;
        this.freed = freed;
        this.workers = new Workers(name, settings.workers());
        this.joinNanos = Math.min(JOIN_NANOS, settings.deadlineNanos() / 2);
    }

    @Override
    public void add(Device device) {
        FaultParam param = FaultParam.of(device);
        if (!param.driver().canRespond(param)) {
            throw new UnsupportedOperationException(
                    "not supported: the driver of " + param.unit() + " can't respond to device " + param.name());
        }
        synchronized (devices) {
            if (closed) {
                throw new IllegalStateException("fault queue " + name + " has been freed: allocate it again");
            }
            param.join(this);
            devices.add(param);
        }
    }

    @Override
    public void remove(Device device) {
        FaultParam param = FaultParam.of(device);
        param.leave(this);
        synchronized (devices) {
            if (!param.isIn(this)) {
                devices.remove(param);
            }
        }
    }

    @Override
    public List<Device> devices() {
        synchronized (devices) {
            return List.copyOf(devices);
        }
    }

    private List<FaultParam> params() {
        synchronized (devices) {
            return new ArrayList<>(devices);
        }
    }

    @Override
    public void flush(Device device) throws InterruptedException {
        FaultParam.of(device).pending().flush();
    }

    @Override
    public void discardPartials() {
        params().forEach(FaultParam::discardPartials);
    }

    /** Runs one piece of work on the caller's thread, as a worker would; false if none waits. */
    boolean turn() {
        return workers.turn();
    }

    /** A device that had no work has some. */
    void ready(DeviceWork device) {
        workers.ready(device);
    }

    @Override
    public void beginBatch() {
        batchTimeUses = 0;
        batching = Thread.currentThread();
    }

    @Override
    public void endBatch() {
        batching = null;
    }

    /**
     * The time at which a group closes. A look at the clock costs as much as a quarter of all that is done for a group,
     * so within a batch one look serves several.
     */
    long closingTime() {
        if (batching != Thread.currentThread()) {
            return clock.getAsLong();
        }
        if (batchTimeUses == 0) {
            lookedAt(clock.getAsLong());
        }
        batchTimeUses--;
        return batchTime;
    }

    /** A group that closed at {@code closedAt} is being answered. */
    void recordLatency(long closedAt) {
        long now = clock.getAsLong();
        latency.record(now - closedAt);
        if (batching == Thread.currentThread()) {
            lookedAt(now);
        }
    }

    private void lookedAt(long now) {
        batchTime = now;
        batchTimeUses = GROUPS_PER_LOOK;
    }

    @Override
    public CoreCounters counters() {
        return counters;
    }

    @Override
    public Latency latency() {
        return latency.read();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void close() {
        free();
        try {
            join(System.nanoTime() + joinNanos);
        } catch (InterruptedException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "interrupted while the workers of fault queue " + name + " end", e);
            Thread.currentThread().interrupt();
        }
    }

    /** Removes the devices and tells the workers to end. */
    void free() {
        synchronized (devices) {
            if (closed) {
                return;
            }
            closed = true;
        }
        params().forEach(this::remove);
        workers.stop();
        freed.accept(this);
    }

    /** Waits for the workers to end, until {@code end} of {@code System.nanoTime}. */
    void join(long end) throws InterruptedException {
        if (!workers.join(end)) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "a handler still runs on a worker of the freed fault queue {0}; its groups have been answered",
                    name);
        }
    }

    @Override
    public String toString() {
        return "fault queue " + name;
    }
}
