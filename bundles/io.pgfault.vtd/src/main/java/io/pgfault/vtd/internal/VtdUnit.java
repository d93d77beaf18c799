// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.DrivesUnits;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.vtd.internal.driver.EventLatch;
import io.pgfault.vtd.internal.driver.VtdDriver;
import io.pgfault.vtd.internal.hardware.Function;
import io.pgfault.vtd.internal.hardware.HostMemory;
import io.pgfault.vtd.internal.hardware.RemappingHardware;
import io.pgfault.vtd.spec.Registers;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * One VT-d unit: the hardware model, its driver, and the bus that devices are connected to. Hardware and driver meet in
 * registers and memory only.
 *
 * <p>When the unit goes, its devices leave the fault queue first, so that everything pending is answered (rules C12,
 * R06); what is left in the ring is processed, and answered by the core in the same way; then the devices are told, and
 * the hardware goes last.
 */
@Component(
        configurationPid = VtdUnit.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = {IommuDriver.class, Unit.class},
        immediate = true)
@Designate(ocd = VtdUnit.Config.class, factory = true)
@DrivesUnits(unit_kind = VtdUnit.KIND)
public final class VtdUnit implements IommuDriver, Unit {
    /** The factory PID. */
    static final String PID = "io.pgfault.vtd.unit";

    /** The kind of these units. */
    static final String KIND = "vtd";

    private static final int REQUESTER_ID_MAX = 0xffff;

    /** Configuration of a unit. */
    @ObjectClassDefinition(
            name = "VT-d unit",
            description = "An Intel VT-d remapping hardware unit with a page request queue.")
    @interface Config {
        /** {@link IommuDriver#UNIT_NAME}. */
        @AttributeDefinition(name = "Name", description = "Name of the unit, unique in the platform.")
        String io_pgfault_unit_name() default "dmar0";

        /** {@code queue.size.order}. */
        @AttributeDefinition(
                name = "Page request queue size",
                description = "The size field S of the page request queue, 0 to 7: it has 2^(S+7) entries.",
                min = "0",
                max = "7")
        int queue_size_order() default 5;

        /** {@code five.level}. */
        @AttributeDefinition(
                name = "Five levels",
                description = "Whether page tables have five levels: addresses of 57 bits instead of 48.")
        boolean five_level() default false;
    }

    private final String name;
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final RemappingHardware hardware;
    private final VtdDriver driver;
    private final SparseTable<Connection> connections = SparseTable.ofRequesterIds();
    private final Object connecting = new Object();
    private boolean going;

    /** Activated by DS. */
    @Activate
    public VtdUnit(@Reference IoPageFaults faults, Config config) {
        this(faults, config.io_pgfault_unit_name(), config.queue_size_order(), config.five_level());
    }

    /**
     * A unit that works from now on.
     *
     * @param size the page request queue's size field, 0 to 7
     * @param fiveLevel whether addresses have 57 bits instead of 48
     */
    VtdUnit(IoPageFaults faults, String name, int size, boolean fiveLevel) {
        if (size < 0 || size > Registers.SIZE_MAX) {
            throw new IllegalArgumentException(
                    "unit %s: queue.size.order is %d; it must be 0 to %d, for 2^(order+7) entries"
                            .formatted(name, size, Registers.SIZE_MAX));
        }
        this.name = name;
        this.faults = faults;
        HostMemory memory = new HostMemory(VtdDriver.memoryPages(size));
        this.queue = faults.allocate(name);
        EventLatch latch = new EventLatch();
        this.hardware = new RemappingHardware(memory, latch);
        this.driver = new VtdDriver(faults, queue, hardware, memory, latch, size, fiveLevel);
        driver.start();
    }

    /** Called by DS; see the class comment for the order. */
    @Deactivate
    void deactivate() {
        synchronized (connecting) {
            going = true;
        }
        queue.close();
        connections.forEach(Connection::turnOff);
        driver.stop();
        connections.forEach(connection -> {
            if (connection.claimRemoval()) {
                letGo(connection);
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
            if (going) {
                throw new IllegalStateException("device %s: unit %s is going".formatted(device, name));
            }
            Function function = new Function(id, downstream);
            Connection connection = new Connection(hardware, function, this::remove);
            if (!connections.claim(id, connection)) {
                throw new IllegalStateException("device %s: requester id 0x%04x is taken on unit %s; give it another"
                        .formatted(device, id, name));
            }
            hardware.connect(function);
            boolean connected = false;
            try {
                connection.device(faults.probe(this, name, device, id));
                queue.add(connection.device());
                driver.add(connection.device());
                connected = true;
            } finally {
                if (!connected) {
                    forget(connection);
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
    public void drain() throws InterruptedException {
        driver.drain();
    }

    /**
     * Disconnects a device: pending groups are answered (rule C12), what the ring still holds of it is answered by the
     * core, and only then its responses have nowhere to go.
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
        letGo(connection);
    }

    private void letGo(Connection connection) {
        forget(connection);
        connection.function().disconnected();
    }

    private void forget(Connection connection) {
        Device device = connection.device();
        if (device != null) {
            driver.remove(device);
            faults.release(device);
        }
        hardware.disconnect(connection.function());
        connections.remove(connection.function().requesterId(), connection);
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
        connection.attach(pasid, domain);
    }

    @Override
    public void detach(Device device, int pasid) {
        Connection connection = connections.get(device.id());
        if (connection != null) {
            connection.detach(pasid);
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
            connection.invalidate(pasid, first, last);
        }
    }
}
