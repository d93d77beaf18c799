// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

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
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.vtd.internal.driver.Driver;
import io.pgfault.vtd.internal.driver.table.DeviceTables;
import io.pgfault.vtd.internal.hardware.AttachedDevice;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.SparseTable;
import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import io.pgfault.vtd.spec.Registers;
import java.util.Optional;

/**
 * One VT-d unit: the hardware model, its driver, and the bus that devices are connected to. Hardware and driver meet in
 * registers and memory only. Any thread may call any method.
 *
 * <p>When the unit stops, its devices leave the fault queue first, so that every pending group is answered (rules C12,
 * R06). The event thread makes a last pass, and the core answers what the ring still held. Then the devices are told,
 * and the hardware goes last.
 */
public final class IommuUnit implements IommuDriver, Unit {
    /** The kind of these units. */
    static final String KIND = "vtd";

    private static final int REQUESTER_ID_MAX = 0xffff;

    private final String name;
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final Hardware hardware;
    private final Driver driver;
    private final SparseTable<Connection> connections = SparseTable.ofRequesterIds();
    /** Held while a device is connected, so that no device is connected to a unit that stops. */
    private final Object connecting = new Object();
    /** Guarded by {@link #connecting}; set once. */
    private boolean stopping;

    /**
     * A unit whose event thread isn't started; requests wait in the queue until {@link #start}.
     *
     * @param size the page request queue's size field, 0 to 7
     * @param fiveLevel whether addresses have 57 bits instead of 48
     * @throws IllegalArgumentException if the name is blank or the size out of range
     * @throws IllegalStateException if a unit of that name exists
     */
    public IommuUnit(IoPageFaults faults, String name, int size, boolean fiveLevel) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a unit has no name: set io.pgfault.unit.name in its configuration");
        }
        if (size < 0 || size > Registers.SIZE_MAX) {
            throw new IllegalArgumentException(
                    "unit %s: queue.size.order is %d; it must be 0 to %d, for 2^(order+7) entries"
                            .formatted(name, size, Registers.SIZE_MAX));
        }
        this.name = name;
        this.faults = faults;
        Memory memory = new Memory(Driver.memoryPages(size));
        this.hardware = new Hardware(memory, Capabilities.FULL.withFiveLevels(fiveLevel));
        this.queue = faults.allocate(name);
        this.driver = new Driver(faults, queue, hardware, memory, hardware.domains(), size, fiveLevel);
        hardware.interrupt(driver.interrupt());
        hardware.faultInterrupt(driver.interrupt());
        driver.enable();
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
        synchronized (connecting) {
            if (stopping) {
                return;
            }
            stopping = true;
        }
        queue.close();
        connections.forEach(Connection::turnOff);
        driver.stop();
        connections.forEach(connection -> {
            if (connection.claimRemoval()) {
                disconnect(connection);
            }
        });
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
    public Upstream connect(String device, int id, Downstream downstream) {
        if (id < 0 || id > REQUESTER_ID_MAX) {
            throw new IllegalArgumentException(
                    "device %s: 0x%x is no requester id; unit %s takes 16 bits".formatted(device, id, name));
        }
        synchronized (connecting) {
            if (stopping) {
                throw new IllegalStateException(
                        "device %s can't be connected, because unit %s stops; connect it to".formatted(device, name)
                                + " the unit that comes next");
            }
            AttachedDevice attached = new AttachedDevice(id, downstream);
            DeviceTables tables = driver.tables(
                    device, id, (pasid, first, last) -> hardware.invalidate(id, pasid, first, last), attached.asked());
            Connection connection = new Connection(hardware, attached, tables, this::remove);
            if (!connections.claim(id, connection)) {
                tables.discard();
                throw new IllegalStateException("device %s: requester id 0x%04x is taken on unit %s; give it another"
                        .formatted(device, id, name));
            }
            tables.enter();
            hardware.connect(attached);
            boolean connected = false;
            try {
                connection.device(faults.probe(this, name, device, id));
                queue.add(connection.device());
                driver.add(connection.device());
                connected = true;
            } finally {
                if (!connected) {
                    release(connection);
                }
            }
            return connection;
        }
    }

    @Override
    public FaultQueue queue() {
        return queue;
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return format.equals("prq") ? Optional.of(hardware.records()) : Optional.empty();
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

    /**
     * Disconnects a device. Its pending groups are answered (rule C12), the core answers what the ring still holds of
     * the device, the hardware sends every response, and only then the device is told.
     */
    private void remove(Connection connection) {
        connection.turnOff();
        queue.remove(connection.device());
        try {
            driver.awaitRequests();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        driver.awaitResponses();
        disconnect(connection);
    }

    private void disconnect(Connection connection) {
        release(connection);
        connection.attached().disconnected();
    }

    private void release(Connection connection) {
        Device device = connection.device();
        if (device != null) {
            driver.remove(device);
            faults.release(device);
        }
        connection.tables().close();
        hardware.disconnect(connection.attached());
        connections.remove(connection.attached().requesterId(), connection);
    }

    // The core's side

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        driver.pageResponse(device, pasid, groupId, private0, private1, code);
    }

    @Override
    public boolean canRespond(Device device) {
        return hardware.isConnected(device.id());
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        Connection connection = connections.get(device.id());
        if (connection == null) {
            throw new IllegalStateException("device %s is not connected to unit %s".formatted(device.name(), name));
        }
        connection.tables().attach(pasid, domain);
    }

    @Override
    public void detach(Device device, int pasid) {
        Connection connection = connections.get(device.id());
        if (connection != null) {
            connection.tables().detach(pasid);
        }
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        driver.drain(device, pasid);
    }

    @Override
    public void invalidate(Device device, int pasid, long first, long last) {
        Connection connection = connections.get(device.id());
        if (connection != null) {
            connection.tables().invalidate(pasid, first, last);
        }
    }

    @Override
    public void invalidate(Device device, int pasid, FirstStageInvalidation invalidation) {
        Connection connection = connections.get(device.id());
        if (connection != null) {
            connection.tables().invalidate(pasid, invalidation);
        }
    }

    @Override
    public long secondStageAddress(Device device, int pasid, long address, int permissions) {
        return hardware.secondStageAddress(device.id(), pasid, address, permissions);
    }
}
