// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.vtd.internal.SparseTable;
import io.pgfault.vtd.internal.hardware.HostMemory;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.spec.CanonicalAddress;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * The software that drives one remapping hardware unit: it knows the unit's registers, its own queues in memory, and the
 * core. Any thread.
 */
public final class VtdDriver {
    private static final Logger LOG = System.getLogger(VtdDriver.class.getName());

    /** Size field of the invalidation queue: 256 descriptors, and as many responses in one batch. */
    private static final int RESPONSE_QUEUE_SIZE = 1;

    /** How long a drain insists; the core's deadline for groups is 10 s unless configured otherwise. */
    private static final long DRAIN_LIMIT = TimeUnit.SECONDS.toNanos(10);

    private static final long STOP_LIMIT = TimeUnit.SECONDS.toNanos(1);

    private final FaultQueue queue;
    private final EventLatch latch;
    private final SparseTable<Device> devices = SparseTable.ofRequesterIds();
    private final ResponseCommands commands;
    private final PageRequestEvents events;

    /**
     * A driver that is not started yet.
     *
     * @param latch where the hardware's events go
     * @param size the page request queue's size field, 0 to 7
     * @param fiveLevel whether addresses have 57 bits instead of 48
     */
    public VtdDriver(
            IoPageFaults faults,
            FaultQueue queue,
            Mmio registers,
            HostMemory memory,
            EventLatch latch,
            int size,
            boolean fiveLevel) {
        this.queue = queue;
        this.latch = latch;
        this.commands = new ResponseCommands(queue.name(), registers, memory, RESPONSE_QUEUE_SIZE);
        PageRequestChecks checks = new PageRequestChecks(
                faults,
                queue,
                devices,
                commands,
                fiveLevel ? CanonicalAddress.FIVE_LEVEL : CanonicalAddress.FOUR_LEVEL);
        this.events = new PageRequestEvents(registers, memory, size, latch, checks, commands, queue);
    }

    /** Pages of host memory that a driver with a page request queue of that size field allocates. */
    public static int memoryPages(int size) {
        return (Registers.ringBytes(size) + Registers.ringBytes(RESPONSE_QUEUE_SIZE)) / 4096 + 1;
    }

    /** Gives the queues to the hardware and starts the event thread. */
    public void start() {
        commands.enable();
        events.start();
    }

    /** Consumes what is in the ring, ends the event thread, and takes the queues away from the hardware. */
    public void stop() {
        events.stop(STOP_LIMIT);
        commands.disable();
    }

    /** From now on requests with the device's requester id are the device's. */
    public void add(Device device) {
        devices.set(device.id(), device);
    }

    /** From now on the device's requester id is not known. */
    public void remove(Device device) {
        devices.remove(device.id(), device);
    }

    /** Sends a response; see {@code IommuDriver.pageResponse}. */
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        commands.respond(device.id(), pasid, groupId, PageGroupResponseDescriptor.wire(code), private0, private1);
    }

    /**
     * Drains (device, PASID), rule V10: waits until the ring holds none of its requests, flushes the device, and has the
     * hardware execute a fenced wait with page-request drain behind all responses; once more if the queue overflowed
     * meanwhile. If a device never stops asking, its drain ends at the limit: what it had asked before is long answered.
     */
    public void drain(Device device, int pasid) throws InterruptedException {
        refuseEventThread("drain");
        long until = System.nanoTime() + DRAIN_LIMIT;
        boolean again;
        do {
            long overflows = events.overflows();
            while (inRing(device, pasid) && latch.awaitPass(until) && System.nanoTime() - until < 0) {
                // Another pass.
            }
            queue.flush(device);
            commands.await(WaitDescriptor.FENCE | WaitDescriptor.PAGE_REQUEST_DRAIN);
            again = events.overflows() != overflows || inRing(device, pasid);
        } while (again && System.nanoTime() - until < 0);
        if (again) {
            LOG.log(
                    Level.WARNING,
                    "{0}: requests of {1} with PASID {2} kept coming while it was drained; stop the device first",
                    queue.name(),
                    device.name(),
                    pasid);
        }
    }

    /** Whether the ring may hold requests of (device, PASID), or have lost some just now. */
    private boolean inRing(Device device, int pasid) {
        return !latch.isOver() && (events.overflowing() || events.holds(device.id(), pasid));
    }

    /**
     * Returns when what was in the ring has been processed. Returns at once on the event thread, which is doing just that,
     * and from within a response, which the event thread may have to wait for.
     */
    public void awaitRequests() throws InterruptedException {
        if (events.isEventThread() || commands.isRinging()) {
            return;
        }
        if (!latch.awaitPass(System.nanoTime() + DRAIN_LIMIT)) {
            LOG.log(Level.WARNING, "{0}: the event thread is too busy to process the queue", queue.name());
        }
    }

    /** Returns when the hardware has sent all responses given so far. */
    public void awaitResponses() {
        commands.awaitExecuted();
    }

    /** Processes all requests, waits until all groups are answered, and until the hardware has sent the answers. */
    public void drain() throws InterruptedException {
        refuseEventThread("drain");
        awaitRequests();
        for (Device device : queue.devices()) {
            queue.flush(device);
        }
        commands.await(WaitDescriptor.FENCE);
    }

    private void refuseEventThread(String what) {
        if (events.isEventThread()) {
            throw new IllegalStateException(queue.name() + ": " + what
                    + " on the event thread would wait for itself; call it from another thread");
        }
    }
}
