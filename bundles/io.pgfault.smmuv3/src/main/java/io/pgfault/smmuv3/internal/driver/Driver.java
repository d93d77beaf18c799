// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.parts.UnitLogger;
import io.pgfault.smmuv3.internal.driver.table.CommandSink;
import io.pgfault.smmuv3.internal.driver.table.DeviceTables;
import io.pgfault.smmuv3.internal.driver.table.DeviceTlb;
import io.pgfault.smmuv3.internal.driver.table.UnitTables;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.DeviceTable;
import io.pgfault.smmuv3.internal.hardware.IdMap;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Mmio;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.internal.hardware.remap.DomainTables;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.Features;
import io.pgfault.smmuv3.spec.Registers;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The driver of one SMMUv3. The driver knows the hardware by registers and memory only, and the core by {@link
 * IoPageFaults}. Any thread.
 */
public final class Driver {
    /** How long a drain waits for the event thread, and for the hardware. */
    private static final long DRAIN_LIMIT = TimeUnit.SECONDS.toNanos(10);

    private static final long ENABLE_LIMIT = TimeUnit.SECONDS.toNanos(1);
    private static final long STOP_LIMIT = TimeUnit.SECONDS.toNanos(1);

    private final DeviceTable devices;
    private final UnitTables unit;
    /** The tables of each device, by StreamID. Connecting threads write; any thread reads. */
    private final IdMap<DeviceTables> tables = new IdMap<>();

    private final FaultQueue queue;
    private final System.Logger logger;
    private final CommandQueue commands;
    private final Responses responses;
    private final EventThread eventThread;
    private final QueueReader events;
    private final QueueReader pri;
    private final int passesToDrain;
    private final long drainLimit;

    /**
     * A driver that isn't started yet.
     *
     * @param queue the unit's fault queue
     * @param memory what the hardware was given to work in
     * @param mmio the hardware's registers
     * @param domains where the hardware looks up what an ASID or a VMID stands for
     * @param eventThread the receiver of the hardware's interrupt
     */
    public Driver(
            IoPageFaults faults,
            FaultQueue queue,
            Sizes sizes,
            Memory memory,
            Mmio mmio,
            DomainTables domains,
            EventThread eventThread) {
        this(faults, queue, sizes, memory, mmio, domains, eventThread, DRAIN_LIMIT);
    }

    Driver(
            IoPageFaults faults,
            FaultQueue queue,
            Sizes sizes,
            Memory memory,
            Mmio mmio,
            DomainTables domains,
            EventThread eventThread,
            long drainLimit) {
        this.devices = memory.devices();
        this.queue = queue;
        this.logger = UnitLogger.of(queue.name());
        Features features = new Features(mmio.read(Registers.IDR0), mmio.read(Registers.IDR1));
        if (!features.twoLevelStreams()) {
            throw new IllegalStateException(
                    "%s: the hardware has stream tables of one level only (IDR0 is 0x%x); this driver writes two levels"
                            .formatted(queue.name(), features.idr0()));
        }
        this.commands = new CommandQueue(queue.name(), mmio, memory, features.msi());
        this.unit = new UnitTables(
                queue.name(), features, memory.tables(), memory.contexts(), domains, sink(commands, drainLimit));
        this.responses = new Responses(commands);
        this.eventThread = eventThread;
        this.drainLimit = drainLimit;
        // Stalls that the hardware keeps move into the event queue, a queue full at a time, as the event thread
        // consumes.
        this.passesToDrain = 1 + (sizes.stallMax() >> sizes.eventQueue()) + 1;
        this.events = new QueueReader(
                queue.name(),
                mmio,
                memory.events(),
                Registers.EVENTQ_PROD,
                Registers.EVENTQ_CONS,
                new EventReports(memory.events(), devices, tables, faults, queue, responses),
                responses,
                () -> queue.counters().add(Counter.OVERFLOWS, 1));
        this.pri = new QueueReader(
                queue.name(),
                mmio,
                memory.pri(),
                Registers.PRIQ_PROD,
                Registers.PRIQ_CONS,
                new PriReports(memory.pri(), devices, faults, queue, responses),
                responses,
                () -> {
                    queue.discardPartials();
                    queue.counters().add(Counter.OVERFLOWS, 1);
                });
        enable(mmio, memory);
    }

    /**
     * Tells the hardware where queues and tables are, and turns on, one after the other, the command queue, the other
     * queues, interrupts and translation (IHI 0070 F.b §6.3.9; kernel: {@code arm_smmu_device_reset}).
     */
    private void enable(Mmio mmio, Memory memory) {
        control(mmio, 0);
        mmio.write(Registers.CR1, Registers.CR1_WRITE_BACK);
        write64(mmio, Registers.STRTAB_BASE, unit.streams().base());
        mmio.write(Registers.STRTAB_BASE_CFG, unit.streams().config());
        queue(mmio, Registers.CMDQ_BASE, memory.commands(), Registers.CMDQ_PROD, Registers.CMDQ_CONS);
        // Before the first command: the driver would take an older CMDQ_ERR for an error of that command.
        mmio.write(Registers.GERRORN, mmio.read(Registers.GERROR));
        int on = Registers.CR0_CMDQEN;
        control(mmio, on);
        unit.invalidations().everything();
        unit.invalidations().await();
        queue(mmio, Registers.EVENTQ_BASE, memory.events(), Registers.EVENTQ_PROD, Registers.EVENTQ_CONS);
        on |= Registers.CR0_EVENTQEN;
        control(mmio, on);
        if (unit.features().pri()) {
            queue(mmio, Registers.PRIQ_BASE, memory.pri(), Registers.PRIQ_PROD, Registers.PRIQ_CONS);
            on |= Registers.CR0_PRIQEN;
            control(mmio, on);
        }
        int interrupts = Registers.IRQ_CTRL_GERROR
                | Registers.IRQ_CTRL_EVENTQ
                | (unit.features().pri() ? Registers.IRQ_CTRL_PRIQ : 0);
        set(mmio, Registers.IRQ_CTRL, Registers.IRQ_CTRLACK, interrupts);
        control(mmio, on | Registers.CR0_SMMUEN);
    }

    private static void queue(Mmio mmio, int base, QueueMemory queue, int producer, int consumer) {
        write64(mmio, base, queue.base());
        mmio.write(producer, 0);
        mmio.write(consumer, 0);
    }

    private static void write64(Mmio mmio, int register, long value) {
        mmio.write(register, (int) value);
        mmio.write(register + Integer.BYTES, (int) (value >>> Integer.SIZE));
    }

    private void control(Mmio mmio, int value) {
        set(mmio, Registers.CR0, Registers.CR0ACK, value);
    }

    /** Writes a control register, and waits until the hardware has taken the value (§6.3.10, §6.3.20). */
    private void set(Mmio mmio, int register, int acknowledge, int value) {
        mmio.write(register, value);
        long start = System.nanoTime();
        while (mmio.read(acknowledge) != value) {
            if (System.nanoTime() - start > ENABLE_LIMIT) {
                throw new IllegalStateException(
                        "%s: the hardware does not take 0x%x in register 0x%x, register 0x%x is 0x%x; the unit can't be used"
                                .formatted(queue.name(), value, register, acknowledge, mmio.read(acknowledge)));
            }
            Thread.onSpinWait();
        }
    }

    private static CommandSink sink(CommandQueue commands, long limit) {
        return new CommandSink() {
            @Override
            public void submit(long word0, long word1) {
                commands.insert(word0, word1);
            }

            @Override
            public boolean await() {
                return commands.syncUninterruptibly(limit);
            }
        };
    }

    /**
     * Starts the event thread.
     *
     * @param failed called by the event thread if the unit can't go on
     */
    public void start(Runnable failed) {
        eventThread.start(queue, responses, events, pri, passesToDrain, failed);
    }

    /** Stops the event thread, which first reports what is in the queues. Responses are still sent. */
    public void stop() {
        try {
            if (!eventThread.stop(STOP_LIMIT)) {
                logger.log(
                        Level.WARNING,
                        queue.name() + ": an inline handler or a device holds up the event thread, which stops when the"
                                + " call returns; a handler that blocks must not be inline");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // Towards the core

    /**
     * Sends a response; see {@code IommuDriver.pageResponse}. A response for a device that has gone is dropped, because
     * another device may have its StreamID now.
     */
    public void pageResponse(Device device, int pasid, int groupId, long private0, ResponseCode code) {
        if (attached(device) != null) {
            responses.respond(device.id(), pasid, groupId, private0, code);
        }
    }

    /** Whether the device is the one behind its StreamID. */
    public boolean canRespond(Device device) {
        return attached(device) != null;
    }

    private AttachedDevice attached(Device device) {
        AttachedDevice attached = devices.find(device.id());
        return attached != null && attached.device() == device ? attached : null;
    }

    /** Has the domain translate (device, PASID); see {@link DeviceTables#attach}. */
    public void attach(Device device, int pasid, Domain domain) {
        DeviceTables found = tables(device);
        if (found == null) {
            throw new IllegalStateException("%s: device %s is not connected to this unit; connect it before attaching"
                    .formatted(queue.name(), device.name()));
        }
        found.attach(pasid, domain);
    }

    /** Has nothing translate (device, PASID); see {@link DeviceTables#detach}. */
    public void detach(Device device, int pasid) {
        DeviceTables found = tables(device);
        if (found != null) {
            found.detach(pasid);
        }
    }

    /** Returns when neither unit nor device uses a cached translation of the range. */
    public void invalidate(Device device, int pasid, long first, long last) {
        DeviceTables found = tables(device);
        if (found != null) {
            found.invalidate(pasid, first, last);
        }
    }

    /** Returns when neither unit nor device uses what a client has changed in its first stage. */
    public void invalidate(Device device, int pasid, FirstStageInvalidation invalidation) {
        DeviceTables found = tables(device);
        if (found != null) {
            found.invalidate(pasid, invalidation);
        }
    }

    /** The first stage that the stream table names for a device, see {@code Upstream.firstStage}. */
    public Optional<FirstStage> firstStage(AttachedDevice device) {
        DeviceTables found = tables.get(device.streamId());
        return found == null ? Optional.empty() : found.firstStage();
    }

    private DeviceTables tables(Device device) {
        return attached(device) == null ? null : tables.get(device.id());
    }

    /**
     * Returns when what the device had sent has left the hardware's queues, its groups are answered, and the hardware
     * has executed the responses.
     *
     * @throws IllegalStateException if that takes longer than 10 s, or on the event thread
     */
    public void drain(Device device) throws InterruptedException {
        drainQueues();
        queue.flush(device);
        drainCommands();
    }

    /** As {@link #drain(Device)}, for all devices. */
    public void drain() throws InterruptedException {
        drainQueues();
        for (Device device : queue.devices()) {
            queue.flush(device);
        }
        drainCommands();
    }

    private void drainQueues() throws InterruptedException {
        if (eventThread.isCurrent()) {
            throw new IllegalStateException(
                    queue.name() + ": a drain on the event thread would wait for itself; call it from another thread");
        }
        if (!eventThread.awaitPasses(passesToDrain, drainLimit)) {
            throw new IllegalStateException(lateEventThread());
        }
    }

    private void drainCommands() throws InterruptedException {
        if (!commands.sync(drainLimit)) {
            throw new IllegalStateException(lateHardware());
        }
    }

    // Towards the unit, when a device comes or goes

    /** Enters a device into the stream table. Called before the device sends anything. */
    public void connected(AttachedDevice device, String name) {
        DeviceTables entered = new DeviceTables(unit, name, device.streamId(), tlb(device), device.asked());
        entered.enter();
        tables.put(device.streamId(), entered);
    }

    private static DeviceTlb tlb(AttachedDevice device) {
        return new DeviceTlb() {
            @Override
            public void invalidate(int pasid, long first, long last) {
                device.invalidate(pasid, first, last);
            }

            @Override
            public void tablesChanged(int pasid) {
                device.tablesChanged(pasid);
            }
        };
    }

    /** Takes a device out of the stream table, with everything that is attached to it. */
    public void disconnected(AttachedDevice device) {
        DeviceTables gone = tables.remove(device.streamId());
        if (gone != null) {
            gone.close();
        }
    }

    /**
     * Has the event thread see the records that the device has sent, and the hardware terminate what is stalled
     * nevertheless (rule A09). Returns when that is done, or logs that it takes longer than 10 s. An interrupt that the
     * calling thread brings along doesn't end the wait.
     */
    public void removed(AttachedDevice device) {
        boolean interrupted = Thread.interrupted();
        try {
            if (!eventThread.isCurrent() && !eventThread.awaitPasses(passesToDrain, drainLimit)) {
                logger.log(Level.ERROR, lateEventThread());
            }
            // A device that goes on the event thread may have responses in the event thread's batch.
            responses.submit();
            commands.send(Command.stallTerm0(device.streamId()), 0);
            if (!commands.sync(drainLimit)) {
                logger.log(Level.ERROR, lateHardware());
            }
        } catch (InterruptedException e) {
            // The stalls are terminated nevertheless; the calling thread doesn't wait for it.
            commands.send(Command.stallTerm0(device.streamId()), 0);
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private String lateEventThread() {
        return "%s: the event thread did not get through its queues within %s s; look for an inline handler that blocks"
                .formatted(queue.name(), drainLimit / 1e9);
    }

    private String lateHardware() {
        return "%s: the hardware did not execute its commands within %s s; look for a device that blocks on a response"
                .formatted(queue.name(), drainLimit / 1e9);
    }
}
