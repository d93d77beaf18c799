// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.guest.internal.engine.EngineClient;
import io.pgfault.guest.internal.fault.AssignedFunction;
import io.pgfault.guest.internal.fault.FirstStages;
import io.pgfault.guest.internal.fault.HostQueue;
import java.io.IOException;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A device of the host that is assigned to this guest, bound to an address space of the guest. The device's faults come
 * from the host's fault queue, and the guest's unit, core and handlers resolve them. The device's work is done by the
 * host's engine, in the guest's memory. Each configuration makes one device.
 */
@Component(
        configurationPid = AssignedDevice.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = {Endpoint.class, DmaEngine.class},
        immediate = true)
@Designate(ocd = AssignedDevice.Config.class, factory = true)
public final class AssignedDevice implements DmaEngine {
    /** The factory PID. */
    static final String PID = "io.pgfault.guest.device";

    private final String name;
    private final EngineClient engine;
    private final HostQueue host;
    private final Upstream upstream;
    private final Binding binding;

    /**
     * Configuration of one device. An underscore stands for a dot: {@code io.pgfault.device.name}, {@code unit.target}.
     */
    @ObjectClassDefinition(
            name = "I/O page faults: assigned device",
            description = "A device of the host behind a unit of this guest.")
    @interface Config {
        @AttributeDefinition(name = "Name", description = "The device's name, unique behind its unit.")
        String io_pgfault_device_name();

        @AttributeDefinition(
                name = "Id",
                description = "Requester id or StreamID in this guest: decimal, 0x and hexadecimal, or"
                        + " bus:device.function.")
        String id();

        @AttributeDefinition(
                name = "Host id",
                description = "The device's id on the host, as the host's fault records have it; written as Id.")
        String host_id();

        @AttributeDefinition(
                name = "Socket",
                description = "Path of the host's fault queue: the property socket of its io.pgfault.userfault.")
        String socket();

        @AttributeDefinition(
                name = "Engine",
                description = "Path of the host's engine: the property socket of its io.pgfault.guest.engine.")
        String engine();

        @AttributeDefinition(
                name = "Unit",
                required = false,
                description = "Filter for the unit, for example (io.pgfault.unit.name=viommu0). Without it, any.")
        String unit_target();

        @AttributeDefinition(
                name = "Address space",
                required = false,
                description = "Filter for the address space, for example (io.pgfault.address.space.name=guest)."
                        + " Without it, any.")
        String space_target();

        @AttributeDefinition(
                name = "Stalls",
                description = "Its transactions stall (SMMUv3); else it is a PCIe function with ATS and PRI. As on the"
                        + " host.")
        boolean stalls() default false;
    }

    /**
     * Connects to the host, which detaches what a guest before has left, then to the unit, then binds with the PASID
     * that the host's engine uses.
     *
     * @throws IOException if the host can't be reached; the message says why and what to do
     */
    @Activate
    public AssignedDevice(
            @Reference(name = "unit") Unit unit,
            @Reference(name = "sva") Sva sva,
            @Reference(name = "space") AddressSpace space,
            Config config)
            throws IOException {
        Assignment assignment = new Assignment(
                PID, config.io_pgfault_device_name(), config.id(), config.host_id(), config.socket(), config.engine());
        this.name = assignment.name();
        EngineClient client = null;
        HostQueue queue = null;
        Upstream connected = null;
        Binding bound = null;
        try {
            queue = new HostQueue(name, assignment.socket());
            AssignedFunction function = new AssignedFunction(name, config.stalls(), queue);
            queue.start(function);
            client = new EngineClient(name, assignment.engine());
            connected = unit.connect(name, assignment.id(), function);
            function.connected(
                    connected, new FirstStages(connected, queue, assignment.hostId(), client.pasid(), config.stalls()));
            if (client.pasid() == Pasid.NONE) {
                throw assignment.noPasid();
            }
            assignment.checkStream(unit.kind(), unit.name(), connected.firstStage(Pasid.NONE), space, space.name());
            bound = sva.bind(connected.device(), space, client.pasid());
        } finally {
            if (bound == null) {
                Assignment.close(connected, queue, client);
            }
        }
        this.engine = client;
        this.host = queue;
        this.upstream = connected;
        this.binding = bound;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Device device() {
        return upstream.device();
    }

    @Override
    public int pasid() {
        return binding.pasid();
    }

    /** Has the host's engine access a page; the engine uses no other PASID than its own. */
    @Override
    public Access access(int pasid, long address, int permissions) throws InterruptedException {
        Assignment.checkPasid(name, pasid(), pasid);
        return engine.access(address, permissions);
    }

    @Override
    public List<Completion> execute(List<Descriptor> batch) throws InterruptedException {
        return engine.execute(batch);
    }

    /** Leaves the unit first, so that the core answers the pending groups (rule C12), and unbinds then. */
    @Deactivate
    void deactivate() {
        try {
            upstream.close();
        } finally {
            try {
                binding.close();
            } finally {
                Assignment.close(null, host, engine);
            }
        }
    }
}
