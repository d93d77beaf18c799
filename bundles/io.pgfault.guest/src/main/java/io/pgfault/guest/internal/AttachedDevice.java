// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.Sva;
import io.pgfault.guest.internal.engine.EngineClient;
import io.pgfault.guest.internal.fault.AssignedFunction;
import io.pgfault.guest.internal.fault.FirstStages;
import io.pgfault.guest.internal.fault.HostQueue;
import io.pgfault.guest.internal.fault.ShadowFrames;
import io.pgfault.guest.internal.fault.ShadowStage;
import java.io.IOException;
import java.util.List;
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
 * A device of the host that is assigned to this guest, attached to a domain of the guest with the PASID of the host's
 * engine: the domain of a user space queue, for example, by which the guest gives the device to a guest of its own. The
 * host gets a {@link ShadowStage}, whatever the domain's page table is. Each configuration makes one device.
 */
@Component(
        configurationPid = AttachedDevice.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = {Endpoint.class, DmaEngine.class},
        immediate = true)
@Designate(ocd = AttachedDevice.Config.class, factory = true)
public final class AttachedDevice implements DmaEngine {
    /** The factory PID. */
    static final String PID = "io.pgfault.guest.attached";

    private static final String VTD = "vtd";

    private final String name;
    private final EngineClient engine;
    private final HostQueue host;
    private final Upstream upstream;
    private final ShadowFrames frames;

    /**
     * Configuration of one device. An underscore stands for a dot: {@code io.pgfault.device.name}, {@code unit.target}.
     */
    @ObjectClassDefinition(
            name = "I/O page faults: attached device of the host",
            description = "A device of the host behind a unit of this guest, attached to a domain of this guest.")
    @interface Config {
        @AttributeDefinition(name = "Name", description = "The device's name, unique behind its unit.")
        String io_pgfault_device_name();

        @AttributeDefinition(
                name = "Id",
                description = "Requester id in this guest: decimal, 0x and hexadecimal, or bus:device.function.")
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
                description = "Filter for the unit, for example (io.pgfault.unit.name=viommu0). Without it, any. The"
                        + " unit is a VT-d.")
        String unit_target();

        @AttributeDefinition(
                name = "Domain",
                required = false,
                description = "Filter for the domain, for example (io.pgfault.domain.name=vm1). Without it, any.")
        String domain_target();
    }

    /**
     * Connects to the host, which detaches what a guest before has left, then to the unit, then attaches with the PASID
     * that the host's engine uses.
     *
     * @throws IOException if the host can't be reached; the message says why and what to do
     */
    @Activate
    public AttachedDevice(
            @Reference(name = "unit") Unit unit,
            @Reference(name = "domain") Domain domain,
            @Reference(name = "faults") IoPageFaults faults,
            @Reference(name = "sva") Sva sva,
            @Reference(name = "memory") PhysicalMemory memory,
            Config config)
            throws IOException {
        Assignment assignment = new Assignment(
                PID, config.io_pgfault_device_name(), config.id(), config.host_id(), config.socket(), config.engine());
        this.name = assignment.name();
        if (!unit.kind().equals(VTD)) {
            throw new IllegalArgumentException(
                    "device %s: unit %s is a %s; a guest gives its devices to a guest behind a VT-d unit only, correct unit.target"
                            .formatted(name, unit.name(), unit.kind()));
        }
        EngineClient client = null;
        HostQueue queue = null;
        ShadowFrames tables = null;
        Upstream connected = null;
        boolean attached = false;
        try {
            queue = new HostQueue(name, assignment.socket());
            AssignedFunction function = new AssignedFunction(name, false, queue);
            queue.start(function);
            client = new EngineClient(name, assignment.engine());
            if (client.pasid() == Pasid.NONE) {
                throw assignment.noPasid();
            }
            tables = new ShadowFrames(sva, name);
            ShadowStage shadow = new ShadowStage(name, memory, tables);
            connected = unit.connect(name, assignment.id(), function);
            function.connected(
                    connected,
                    new FirstStages(connected, queue, assignment.hostId(), client.pasid(), Optional.of(shadow)),
                    Optional.of(shadow));
            faults.attach(connected.device(), client.pasid(), domain);
            attached = true;
        } finally {
            if (!attached) {
                Assignment.close(connected, queue, client);
                close(tables);
            }
        }
        this.engine = client;
        this.host = queue;
        this.upstream = connected;
        this.frames = tables;
    }

    private static void close(ShadowFrames tables) {
        if (tables != null) {
            tables.close();
        }
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
        return engine.pasid();
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

    /**
     * Leaves the unit, so that the core answers the pending groups (rule C12), and the host detaches the shadow. The
     * shadow's frames are freed last.
     */
    @Deactivate
    void deactivate() {
        Assignment.close(upstream, host, engine);
        close(frames);
    }
}
