// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

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
import io.pgfault.smmuv3.internal.driver.Driver;
import io.pgfault.smmuv3.internal.driver.EventThread;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.internal.hardware.Smmu;
import io.pgfault.smmuv3.internal.hardware.Stream;
import io.pgfault.smmuv3.internal.hardware.StreamTable;
import io.pgfault.smmuv3.internal.hardware.UnitMemory;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * One SMMUv3, hardware model and driver together, made by a factory configuration. To the core it is the driver, to
 * devices the unit.
 */
@Component(
        service = {IommuDriver.class, Unit.class},
        configurationPid = Smmuv3Unit.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = Smmuv3Unit.Config.class, factory = true)
@DrivesUnits(unit_kind = Smmuv3Unit.KIND)
public final class Smmuv3Unit implements IommuDriver, Unit {
    /** The factory PID. */
    static final String PID = "io.pgfault.smmuv3.unit";

    /** The kind of unit. */
    static final String KIND = "smmuv3";

    /** The configuration of a unit. */
    @ObjectClassDefinition(
            name = "Arm SMMUv3 unit",
            description = "A hardware model of an SMMUv3 with its driver: event queue, PRI queue, command queue.")
    @interface Config {
        /** {@link IommuDriver#UNIT_NAME}. */
        @AttributeDefinition(name = "Unit name", description = "Unique among the units of a platform.")
        String io_pgfault_unit_name() default "smmu3.0";

        /** See {@link Sizes#eventQueue}. */
        @AttributeDefinition(
                name = "Event queue size",
                description = "Log2 of the number of records.",
                min = "1",
                max = "19")
        int event_queue_log2() default 10;

        /** See {@link Sizes#priQueue}. */
        @AttributeDefinition(
                name = "PRI queue size",
                description = "Log2 of the number of records.",
                min = "1",
                max = "19")
        int pri_queue_log2() default 12;

        /** See {@link Sizes#commandQueue}. */
        @AttributeDefinition(
                name = "Command queue size",
                description = "Log2 of the number of commands.",
                min = "1",
                max = "19")
        int command_queue_log2() default 10;

        /** See {@link Sizes#stallMax}. */
        @AttributeDefinition(
                name = "STALL_MAX",
                description = "How many transactions can be stalled at a time; the next one waits.",
                min = "1",
                max = "65536")
        int stall_max() default 256;
    }

    private final String name;
    private final IoPageFaults iopf;
    private final FaultQueue queue;
    private final StreamTable streams;
    private final Smmu smmu;
    private final Driver driver;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final ReentrantLock connecting = new ReentrantLock();
    private boolean closing;

    /** Called by Declarative Services. */
    @Activate
    public Smmuv3Unit(@Reference IoPageFaults iopf, Config config) {
        this(
                iopf,
                config.io_pgfault_unit_name(),
                new Sizes(
                        config.event_queue_log2(),
                        config.pri_queue_log2(),
                        config.command_queue_log2(),
                        config.stall_max()));
    }

    /** A unit of that name. */
    Smmuv3Unit(IoPageFaults iopf, String name, Sizes sizes) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("the unit has no name: set " + UNIT_NAME + " in its configuration");
        }
        this.name = name;
        this.iopf = iopf;
        UnitMemory memory = UnitMemory.allocate(sizes);
        EventThread eventThread = new EventThread();
        this.streams = memory.streams();
        this.smmu = new Smmu(memory, sizes.stallMax(), eventThread);
        this.queue = iopf.allocate(name);
        this.driver = new Driver(iopf, queue, sizes, memory, smmu, eventThread);
    }

    /** The unit goes: first its devices as far as the core is concerned (rules C12, R06), then driver and hardware. */
    @Deactivate
    void close() {
        connecting.lock();
        try {
            closing = true;
        } finally {
            connecting.unlock();
        }
        queue.close();
        smmu.close();
        driver.stop();
        connections.forEach(Connection::close);
    }

    // The driver, towards the core

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        driver.respond(device, pasid, groupId, private0, code);
    }

    @Override
    public boolean canRespond(Device device) {
        return driver.owns(device);
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

    // The unit, towards devices

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
            if (closing) {
                throw new IllegalStateException(
                        "unit %s is going, device %s can't be connected".formatted(name, deviceName));
            }
            Stream stream = new Stream(id, downstream);
            if (!streams.add(stream)) {
                throw new IllegalStateException(
                        "unit %s: StreamID 0x%x is taken, device %s needs another".formatted(name, id, deviceName));
            }
            Connection connection = probe(deviceName, stream);
            connections.add(connection);
            return connection;
        } finally {
            connecting.unlock();
        }
    }

    private Connection probe(String deviceName, Stream stream) {
        Device device = null;
        boolean added = false;
        try {
            device = iopf.probe(this, name, deviceName, stream.id());
            stream.device(device);
            queue.add(device);
            added = true;
            return new Connection(smmu, stream, device, this::disconnect);
        } finally {
            if (!added) {
                if (device != null) {
                    iopf.release(device);
                }
                streams.remove(stream);
            }
        }
    }

    /**
     * Removes a device: its groups are answered (rule C12), it can send nothing more, what it has sent is seen by the
     * driver, what is stalled nevertheless is terminated (rule A09), and it is forgotten.
     */
    private void disconnect(Connection connection) {
        Stream stream = connection.stream();
        queue.remove(connection.device());
        smmu.disable(stream);
        driver.settle();
        driver.terminateStalls(stream);
        iopf.release(connection.device());
        streams.remove(stream);
        connections.remove(connection);
        stream.downstream().disconnected();
    }

    @Override
    public FaultQueue queue() {
        return queue;
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return switch (format) {
            case "evtq" -> Optional.of(smmu.eventRing());
            case "priq" -> Optional.of(smmu.priRing());
            default -> Optional.empty();
        };
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        return smmu.tap(tap);
    }

    @Override
    public void drain() throws InterruptedException {
        driver.drain();
    }
}
