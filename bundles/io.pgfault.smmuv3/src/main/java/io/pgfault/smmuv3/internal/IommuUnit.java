// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.smmuv3.internal.driver.Driver;
import io.pgfault.smmuv3.internal.driver.EventThread;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.DeviceTable;
import io.pgfault.smmuv3.internal.hardware.Hardware;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One SMMUv3: the hardware model, its driver, and the bus that devices are connected to. Any thread.
 *
 * <p>When the unit stops, its devices leave the fault queue first, so that everything pending is answered (rules C12,
 * R06). The driver then reports what is left in the hardware's queues, and the core answers that in the same way. The
 * devices are disconnected last.
 */
public final class IommuUnit implements IommuDriver, Unit {
    /** The kind of unit. */
    static final String KIND = "smmuv3";

    private final String name;
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final DeviceTable devices;
    private final Hardware hardware;
    private final Driver driver;
    /** The part of a guest's memory that holds the context descriptors; empty unless the unit is a guest's. */
    private final Optional<TableFile> file;

    private final boolean guest;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    /** Held while a device is connected, so that no device is connected to a unit that goes. */
    private final ReentrantLock connecting = new ReentrantLock();
    /** Set once, under {@link #connecting}, which guards it. */
    private boolean stopping;

    /**
     * A unit whose event thread isn't started yet; what devices send meanwhile waits in the queues.
     *
     * @throws IllegalArgumentException if the name is blank
     * @throws IllegalStateException if a unit of that name exists
     */
    public IommuUnit(IoPageFaults faults, String name, Sizes sizes) {
        this(faults, name, sizes, Optional.empty());
    }

    /**
     * A unit whose context descriptors lie in a guest's memory. The unit closes the file when the unit stops.
     *
     * @param file the part of the guest's memory, empty unless the unit is a guest's
     */
    public IommuUnit(IoPageFaults faults, String name, Sizes sizes, Optional<TableFile> file) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a unit has no name: set io.pgfault.unit.name in its configuration");
        }
        this.name = name;
        this.faults = faults;
        this.file = file;
        Memory memory = new Memory(sizes, file.map(TableFile::memory));
        this.guest = memory.isGuest();
        EventThread eventThread = new EventThread();
        this.devices = memory.devices();
        this.hardware = new Hardware(memory, sizes.stallMax(), eventThread);
        this.queue = faults.allocate(name);
        this.driver = new Driver(faults, queue, sizes, memory, hardware, hardware.domains(), eventThread);
    }

    /**
     * Starts the event thread. Called once.
     *
     * @param failed called by the event thread if the unit can't go on, after the unit has stopped itself (rule C21)
     */
    public void start(Runnable failed) {
        driver.start(() -> {
            stop();
            failed.run();
        });
    }

    /** Stops the unit; the class comment has the order. Idempotent: a second call returns at once. */
    public void stop() {
        connecting.lock();
        try {
            if (stopping) {
                return;
            }
            stopping = true;
        } finally {
            connecting.unlock();
        }
        queue.close();
        hardware.close();
        driver.stop();
        connections.forEach(Connection::close);
        file.ifPresent(TableFile::close);
    }

    // The device side

    @Override
    public String name() {
        return name;
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Upstream connect(String deviceName, int id, Downstream downstream) {
        connecting.lock();
        try {
            if (stopping) {
                throw new IllegalStateException(
                        "device %s can't be connected, because unit %s stops; connect it to".formatted(deviceName, name)
                                + " the unit that comes next");
            }
            AttachedDevice attached = new AttachedDevice(id, downstream);
            if (!devices.add(attached)) {
                throw new IllegalStateException("device %s: StreamID 0x%x is taken on unit %s; give it another"
                        .formatted(deviceName, id, name));
            }
            Connection connection = probe(deviceName, attached);
            connections.add(connection);
            return connection;
        } finally {
            connecting.unlock();
        }
    }

    private Connection probe(String deviceName, AttachedDevice attached) {
        Device device = null;
        boolean added = false;
        try {
            driver.connected(attached, deviceName);
            device = faults.probe(this, name, deviceName, attached.streamId());
            attached.device(device);
            queue.add(device);
            added = true;
            return new Connection(hardware, attached, () -> firstStage(attached), this::disconnect);
        } finally {
            if (!added) {
                if (device != null) {
                    faults.release(device);
                }
                driver.disconnected(attached);
                devices.remove(attached);
            }
        }
    }

    /** Empty unless the context descriptors lie where a host finds them. */
    private Optional<FirstStage> firstStage(AttachedDevice attached) {
        return guest ? driver.firstStage(attached) : Optional.empty();
    }

    /**
     * Disconnects a device: the core answers its groups (rule C12), the hardware takes no more of it, the driver sees
     * what it had sent, the hardware terminates what is stalled nevertheless (rule A09), and then core and unit forget
     * the device.
     */
    private void disconnect(Connection connection) {
        AttachedDevice attached = connection.attached();
        queue.remove(connection.device());
        hardware.disable(attached);
        driver.removed(attached);
        faults.release(connection.device());
        driver.disconnected(attached);
        devices.remove(attached);
        connections.remove(connection);
        attached.disconnected();
    }

    @Override
    public FaultQueue queue() {
        return queue;
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return switch (format) {
            case "evtq" -> Optional.of(hardware.eventRing());
            case "priq" -> Optional.of(hardware.priRing());
            default -> Optional.empty();
        };
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        return hardware.tap(tap);
    }

    @Override
    public Optional<AutoCloseable> tapRequests(RequestTap tap) {
        return Optional.of(hardware.tapRequests(tap));
    }

    @Override
    public void drain() throws InterruptedException {
        driver.drain();
    }

    // The core's side

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        driver.pageResponse(device, pasid, groupId, private0, code);
    }

    @Override
    public boolean canRespond(Device device) {
        return driver.canRespond(device);
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        driver.attach(device, pasid, domain);
    }

    @Override
    public void detach(Device device, int pasid) {
        driver.detach(device, pasid);
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        driver.drain(device);
    }

    @Override
    public void invalidate(Device device, int pasid, long first, long last) {
        driver.invalidate(device, pasid, first, last);
    }

    @Override
    public void invalidate(Device device, int pasid, FirstStageInvalidation invalidation) {
        driver.invalidate(device, pasid, invalidation);
    }

    @Override
    public long secondStageAddress(Device device, int pasid, long address, int permissions) {
        return hardware.secondStageAddress(device.id(), pasid, address, permissions);
    }
}
