// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.parts.PasidSet;
import io.pgfault.parts.UnitLogger;
import io.pgfault.vtd.internal.driver.table.DescriptorQueue;
import io.pgfault.vtd.internal.driver.table.DeviceTables;
import io.pgfault.vtd.internal.driver.table.DeviceTlb;
import io.pgfault.vtd.internal.driver.table.Invalidations;
import io.pgfault.vtd.internal.driver.table.RootTable;
import io.pgfault.vtd.internal.driver.table.UnitTables;
import io.pgfault.vtd.internal.hardware.Interrupt;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.internal.hardware.SparseTable;
import io.pgfault.vtd.internal.hardware.remap.DomainTables;
import io.pgfault.vtd.spec.CanonicalAddress;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * The software that drives one remapping hardware unit: it knows the unit's registers, its own queues in memory, and
 * the core. Any thread may call any method.
 */
public final class Driver {
    /** Size field of the invalidation queue: 256 descriptors, and as many responses in one batch. */
    private static final int COMMAND_QUEUE_SIZE = 1;

    /** Tables of 4 GiB: some thousand devices, each with some thousand PASIDs. */
    private static final int TABLE_PAGES = 1 << 20;

    /** How long a drain insists, in nanoseconds; the core's deadline for groups is 10 s unless configured otherwise. */
    private static final long DRAIN_LIMIT = TimeUnit.SECONDS.toNanos(10);

    /** How long a stop waits for the event thread and for devices, in nanoseconds. */
    private static final long STOP_LIMIT = TimeUnit.SECONDS.toNanos(1);

    private final FaultQueue queue;
    private final Logger logger;
    private final SparseTable<Device> devices = SparseTable.ofRequesterIds();
    private final CommandQueue commands;
    private final Responses responses;
    private final EventThread events;
    /** How long a drain insists, in nanoseconds: {@link #DRAIN_LIMIT}, or less in a test. */
    private final long drainLimit;

    private final Mmio registers;
    private final RootTable root;
    private final UnitTables tables;
    /** What the event thread calls when it can't go on. Set once, before the thread starts. */
    private volatile Runnable failed = () -> {};

    /**
     * A driver that is not started yet.
     *
     * @param domains where the hardware looks up what a domain id stands for
     * @param size the page request queue's size field, 0 to 7
     * @param fiveLevel whether addresses have 57 bits instead of 48
     */
    public Driver(
            IoPageFaults faults,
            FaultQueue queue,
            Mmio registers,
            Memory memory,
            DomainTables domains,
            int size,
            boolean fiveLevel) {
        this(faults, queue, registers, memory, domains, size, fiveLevel, DRAIN_LIMIT);
    }

    /** @param drainLimit how long a drain insists, in nanoseconds */
    Driver(
            IoPageFaults faults,
            FaultQueue queue,
            Mmio registers,
            Memory memory,
            DomainTables domains,
            int size,
            boolean fiveLevel,
            long drainLimit) {
        this.queue = queue;
        this.logger = UnitLogger.of(queue.name());
        this.drainLimit = drainLimit;
        this.commands = new CommandQueue(queue.name(), registers, memory, COMMAND_QUEUE_SIZE);
        this.responses = new Responses(commands);
        PageRequestReports reports = new PageRequestReports(
                faults,
                queue,
                devices,
                responses,
                fiveLevel ? CanonicalAddress.FIVE_LEVEL : CanonicalAddress.FOUR_LEVEL);
        FaultRecords records = new FaultRecords(registers, queue, devices);
        this.events = new EventThread(registers, memory, size, reports, records, commands, queue, () -> failed.run());
        this.registers = registers;
        this.root = new RootTable(memory, registers.read64(Registers.ECAP));
        Invalidations invalidations = new Invalidations(new Descriptors());
        this.tables = new UnitTables(queue.name(), memory, root, domains, invalidations, fiveLevel);
    }

    /**
     * Pages of memory, 4096 bytes each, that a driver with a page request queue of that size field allocates at most:
     * rings, and tables, which are allocated as devices come and domains are attached.
     */
    public static int memoryPages(int size) {
        return ringPages(size) + TABLE_PAGES;
    }

    /** How many pages of 4 KiB the rings need, a part of {@link #memoryPages}. */
    public static int ringPages(int size) {
        return (Registers.ringBytes(size) + Registers.ringBytes(COMMAND_QUEUE_SIZE)) / 4096 + 1;
    }

    /** Where the hardware's event messages go. */
    public Interrupt interrupt() {
        return events;
    }

    /**
     * Gives the queues to the hardware, then the root table, and turns translation on (VT-d 4.1 §11.4.4, §11.4.5). From
     * now on requests are translated, and page requests wait in the ring.
     */
    public void enable() {
        commands.enable();
        events.enable();
        registers.write64(Registers.RTADDR, root.register());
        GlobalCommand command = new GlobalCommand(queue.name(), registers);
        command.set(Registers.GCMD_SRTP);
        tables.invalidations().everything();
        tables.invalidations().await();
        command.set(Registers.GCMD_TE);
    }

    /**
     * Tables of a device that isn't known to the unit yet.
     *
     * @param name the device's name, for messages
     * @param deviceTlb the way of invalidations to the device
     * @param asked the PASIDs that the device has asked translations for
     */
    public DeviceTables tables(String name, int requesterId, DeviceTlb deviceTlb, PasidSet asked) {
        return new DeviceTables(tables, name, requesterId, deviceTlb, asked);
    }

    /** The invalidation queue for tables. */
    private final class Descriptors implements DescriptorQueue {
        @Override
        public void submit(long word0, long word1) {
            commands.submit(word0, word1, 0, 0);
        }

        @Override
        public boolean await() {
            return commands.await(0, drainLimit);
        }
    }

    /**
     * Starts the event thread. Called once, after {@link #enable}.
     *
     * @param unitFailed called by the event thread, as the last thing, if the unit can't go on
     */
    public void start(Runnable unitFailed) {
        failed = unitFailed;
        events.start();
    }

    /** Makes one pass on the calling thread; for a driver whose event thread isn't started. */
    public void pass() {
        events.pass();
    }

    /** Consumes what is in the ring, ends the event thread, and takes the queues away from the hardware. */
    public void stop() {
        events.stop(STOP_LIMIT);
        commands.disable(STOP_LIMIT);
    }

    /** Reports requests with the device's requester id as requests of the device from now on. */
    public void add(Device device) {
        devices.set(device.id(), device);
    }

    /** Treats the device's requester id as unknown from now on. */
    public void remove(Device device) {
        devices.remove(device.id(), device);
    }

    /** Sends a response; see {@code IommuDriver.pageResponse}. */
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        responses.respond(device.id(), pasid, groupId, private0, private1, code);
    }

    /**
     * Drains (device, PASID), rule V10 (VT-d 4.1 §7.10; kernel: {@code intel_drain_pasid_prq}): waits until the ring
     * holds no request of (device, PASID), flushes the device, and has the hardware execute a fenced wait with page
     * request drain behind all responses; once more if the queue overflowed meanwhile. If a device never stops asking,
     * its drain ends at the limit: the requests from before the drain have their responses by then.
     *
     * @throws IllegalStateException if the event thread makes no pass within the limit, or if a device holds up the
     *     invalidation queue for longer than the limit; the message names the unit and the device
     */
    public void drain(Device device, int pasid) throws InterruptedException {
        refuseEventThread();
        long start = System.nanoTime();
        boolean passed = false;
        boolean again;
        do {
            long overflows = events.overflows();
            while (inRing(device, pasid) && left(start) > 0) {
                passed |= events.awaitPass(left(start));
            }
            if (!passed && inRing(device, pasid)) {
                throw unprocessed(device.name());
            }
            queue.flush(device);
            await(WaitDescriptor.FENCE | WaitDescriptor.PAGE_REQUEST_DRAIN, device.name());
            again = events.overflows() != overflows || inRing(device, pasid);
        } while (again && left(start) > 0);
        if (again) {
            logger.log(
                    Level.WARNING,
                    "{0}: requests of {1} with PASID {2} kept coming while it was drained; stop the device first",
                    queue.name(),
                    device.name(),
                    pasid);
        }
    }

    private long left(long start) {
        return drainLimit - (System.nanoTime() - start);
    }

    private void await(long flags, String drained) {
        if (!commands.await(flags, drainLimit)) {
            throw new IllegalStateException(
                    "%s: %s is not drained: a wait descriptor is not complete after %d ms, because a device holds up the"
                                    .formatted(queue.name(), drained, TimeUnit.NANOSECONDS.toMillis(drainLimit))
                            + " invalidation queue; look for a device whose response callback doesn't return");
        }
    }

    private IllegalStateException unprocessed(String drained) {
        return new IllegalStateException(
                "%s: %s is not drained: the event thread made no pass within %d ms; look for a handler that runs inline"
                                .formatted(queue.name(), drained, TimeUnit.NANOSECONDS.toMillis(drainLimit))
                        + " and doesn't return");
    }

    /** Whether the ring may hold requests of (device, PASID), or has just lost some. */
    private boolean inRing(Device device, int pasid) {
        return !events.isOver() && (events.overflowing() || events.holds(device.id(), pasid));
    }

    /**
     * Returns when what was in the ring has been processed. Returns at once on the event thread, which is processing
     * the ring, and on the ringing thread, which the event thread may have to wait for.
     */
    public void awaitRequests() throws InterruptedException {
        if (!processed()) {
            logger.log(
                    Level.WARNING,
                    "{0}: the event thread is too busy to process the queue; look for a handler that runs inline and"
                            + " doesn''t return",
                    queue.name());
        }
    }

    /** Waits as {@link #awaitRequests} says; returns false if the event thread made no pass in time. */
    private boolean processed() throws InterruptedException {
        return events.isEventThread() || commands.isRinging() || events.awaitPass(drainLimit);
    }

    /** Returns when the hardware has sent all responses that were submitted before. */
    public void awaitResponses() {
        if (!commands.awaitExecuted(drainLimit)) {
            logger.log(Level.WARNING, "{0}: a device holds up the invalidation queue", queue.name());
        }
    }

    /**
     * Processes all requests, waits until all groups are answered, and until the hardware has sent the responses.
     *
     * @throws IllegalStateException as {@link #drain(Device, int)}
     */
    public void drain() throws InterruptedException {
        refuseEventThread();
        if (!processed()) {
            throw unprocessed("the unit");
        }
        for (Device device : queue.devices()) {
            queue.flush(device);
        }
        await(WaitDescriptor.FENCE, "the unit");
    }

    private void refuseEventThread() {
        if (events.isEventThread()) {
            throw new IllegalStateException(
                    queue.name() + ": drain on the event thread would wait for itself; call it from another thread");
        }
    }
}
