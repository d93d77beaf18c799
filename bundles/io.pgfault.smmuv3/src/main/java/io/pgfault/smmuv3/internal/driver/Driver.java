// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.smmuv3.internal.hardware.Mmio;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.internal.hardware.Stream;
import io.pgfault.smmuv3.internal.hardware.StreamTable;
import io.pgfault.smmuv3.internal.hardware.UnitMemory;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.Registers;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * The driver of one SMMUv3: event thread, responses, and the stream table. It knows the hardware by its registers and
 * memory only.
 */
public final class Driver {
    private static final System.Logger LOG = System.getLogger(Driver.class.getName());

    /** How long the driver waits for its own event thread or for the hardware before it goes on without. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final StreamTable streams;
    private final FaultQueue queue;
    private final CommandQueue commands;
    private final Responder responder;
    private final EventThread eventThread;
    private final int passesToDrain;

    /**
     * Starts the event thread.
     *
     * @param queue the unit's fault queue
     * @param memory what the hardware was given to work in
     * @param mmio the hardware's registers
     * @param eventThread what the hardware's interrupt line goes to
     */
    public Driver(
            IoPageFaults iopf, FaultQueue queue, Sizes sizes, UnitMemory memory, Mmio mmio, EventThread eventThread) {
        this.streams = memory.streams();
        this.queue = queue;
        this.commands = new CommandQueue(mmio, memory.commands(), memory.sync());
        this.responder = new Responder(commands);
        this.eventThread = eventThread;
        // Stalls that the hardware keeps move into the queue, a queue full at a time, as it is consumed.
        this.passesToDrain = 1 + (sizes.stallMax() >> sizes.eventQueue()) + 1;
        QueueReader events = new QueueReader(
                mmio,
                memory.events(),
                Registers.EVENTQ_PROD,
                Registers.EVENTQ_CONS,
                new EventReports(memory.events(), streams, iopf, queue, responder),
                responder,
                () -> queue.counters().add(Counter.OVERFLOWS, 1));
        QueueReader pri = new QueueReader(
                mmio,
                memory.pri(),
                Registers.PRIQ_PROD,
                Registers.PRIQ_CONS,
                new PriReports(memory.pri(), streams, iopf, queue, responder),
                responder,
                () -> {
                    queue.discardPartials();
                    queue.counters().add(Counter.OVERFLOWS, 1);
                });
        eventThread.start(queue, responder, events, pri);
    }

    /** The command queue. */
    public CommandQueue commands() {
        return commands;
    }

    /** Whether responses reach this device: whether it is the one behind its StreamID. */
    public boolean owns(Device device) {
        return streamOf(device) != null;
    }

    private Stream streamOf(Device device) {
        Stream stream = streams.find(device.id());
        return stream != null && stream.device() == device ? stream : null;
    }

    /** Sends a response; one for a device that is gone is dropped, because another may have its StreamID now. */
    public void respond(Device device, int pasid, int group, long private0, ResponseCode code) {
        if (owns(device)) {
            responder.respond(device.id(), pasid, group, private0, code);
        }
    }

    /** Translates (device, pasid) by {@code domain} from now on. */
    public void attach(Device device, int pasid, Domain domain) {
        Stream stream = streamOf(device);
        if (stream == null) {
            throw new IllegalStateException(
                    "device %s is not connected to unit %s: connect it before attaching a domain"
                            .formatted(device.name(), queue.name()));
        }
        Domain old = stream.attach(pasid, domain);
        if (old != null && old != domain) {
            forget(stream, pasid);
        }
    }

    /** Translates (device, pasid) by nothing from when this returns. */
    public void detach(Device device, int pasid) {
        Stream stream = streamOf(device);
        if (stream != null && stream.detach(pasid) != null) {
            forget(stream, pasid);
        }
    }

    private static void forget(Stream stream, int pasid) {
        stream.downstream().invalidate(pasid, 0, -1L);
    }

    /** Returns when the device uses no cached translation of that range. */
    public void invalidate(Device device, int pasid, long first, long last) {
        Stream stream = streamOf(device);
        if (stream != null) {
            stream.downstream().invalidate(pasid, first, last);
        }
    }

    /**
     * Returns when what the device has sent has left the hardware's queues, its groups are answered, and the answers
     * carried out.
     */
    public void drain(Device device) throws InterruptedException {
        drainQueues();
        queue.flush(device);
        sync();
    }

    /** As {@link #drain(Device)}, for all devices. */
    public void drain() throws InterruptedException {
        drainQueues();
        for (Device device : queue.devices()) {
            queue.flush(device);
        }
        sync();
    }

    private void drainQueues() throws InterruptedException {
        if (!eventThread.awaitPasses(passesToDrain, PATIENCE_NANOS) && !eventThread.stopped()) {
            LOG.log(Level.WARNING, "Unit {0}: its event thread did not get through the queues in time.", queue.name());
        }
    }

    private void sync() throws InterruptedException {
        if (!commands.sync(PATIENCE_NANOS)) {
            LOG.log(Level.WARNING, "Unit {0}: the hardware did not get through its commands in time.", queue.name());
        }
    }

    /** Lets the event thread see the records there are; returns early on the event thread or when interrupted. */
    public void settle() {
        try {
            if (!eventThread.current()) {
                drainQueues();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Terminates all stalled transactions of a stream; returns when that is done (rule A09). */
    public void terminateStalls(Stream stream) {
        commands.send(Command.stallTerm0(stream.id()), 0);
        try {
            sync();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops the event thread. Responses are still sent. Must not be called by the event thread. */
    public void stop() {
        try {
            if (!eventThread.stop(STOP_NANOS)) {
                LOG.log(
                        Level.WARNING,
                        "Unit {0}: its event thread is held up, by an inline handler or a device; it stops when let"
                                + " go.",
                        queue.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
