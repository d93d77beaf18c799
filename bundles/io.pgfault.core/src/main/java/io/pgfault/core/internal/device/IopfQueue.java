// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

import io.pgfault.api.Device;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.Latency;
import io.pgfault.core.internal.count.CoreCounters;
import io.pgfault.core.internal.event.OverflowEvent;
import io.pgfault.parts.UnitLogger;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** A unit's fault queue, as its driver sees it (rules C01, C02, C12 to C14). Any thread, but for batches. */
public final class IopfQueue implements FaultQueue {
    /** How long freeing waits for a handler that goes on although it has been interrupted. */
    private static final long JOIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final QueueSide side;
    private final Consumer<IopfQueue> freed;
    private final long joinNanos;
    /** Whether the queue has been freed. Guarded by the side's membership. */
    private boolean closed;

    /**
     * A queue without devices.
     *
     * @param workers how many threads; with 0 the caller of {@link #turn} does their work
     * @param freed is told when the queue has been freed
     */
    public IopfQueue(String name, int workers, long deadlineNanos, LongSupplier clock, Consumer<IopfQueue> freed) {
        this.side = new QueueSide(name, workers, clock);
        this.freed = freed;
        this.joinNanos = Math.min(JOIN_NANOS, deadlineNanos / 2);
    }

    @Override
    public void add(Device device) {
        FaultParam param = FaultParam.of(device);
        if (!param.driver().canRespond(param)) {
            throw new UnsupportedOperationException(
                    "not supported: the driver of " + param.unit() + " can't respond to device " + param.name());
        }
        synchronized (side.membership()) {
            if (closed) {
                throw new IllegalStateException("fault queue " + side.name + " has been freed: allocate it again");
            }
            param.join(side);
            side.add(param);
        }
    }

    @Override
    public void remove(Device device) {
        FaultParam.of(device).leave(side);
    }

    @Override
    public List<Device> devices() {
        return side.devices();
    }

    @Override
    public void flush(Device device) throws InterruptedException {
        FaultParam.of(device).flush();
    }

    @Override
    public void discardPartials() {
        OverflowEvent.of(side.name);
        side.devices().forEach(device -> FaultParam.of(device).discardPartials());
    }

    /** Runs one piece of work on the calling thread, as a worker would; false if none waits. */
    public boolean turn() {
        return side.workers.turn();
    }

    @Override
    public void beginBatch() {
        side.slice.begin();
    }

    @Override
    public void endBatch() {
        side.slice.end();
    }

    @Override
    public CoreCounters counters() {
        return side.counters;
    }

    @Override
    public Latency latency() {
        return side.latency.read();
    }

    @Override
    public String name() {
        return side.name;
    }

    @Override
    public void close() {
        free();
        try {
            join(System.nanoTime() + joinNanos);
        } catch (InterruptedException e) {
            UnitLogger.of(side.name)
                    .log(
                            System.Logger.Level.DEBUG,
                            "interrupted while the workers of fault queue " + side.name + " end",
                            e);
            Thread.currentThread().interrupt();
        }
    }

    /** Removes the devices and tells the workers to end. */
    public void free() {
        synchronized (side.membership()) {
            if (closed) {
                return;
            }
            closed = true;
        }
        side.devices().forEach(this::remove);
        side.workers.stop();
        freed.accept(this);
    }

    /** Waits for the workers to end, until {@code end} of {@code System.nanoTime}. */
    public void join(long end) throws InterruptedException {
        if (!side.workers.join(end)) {
            UnitLogger.of(side.name)
                    .log(
                            System.Logger.Level.WARNING,
                            "a handler still runs on a worker of the freed fault queue {0}; its groups have been answered",
                            side.name);
        }
    }

    @Override
    public String toString() {
        return "fault queue " + side.name;
    }
}
