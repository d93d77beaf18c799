// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.endpoint.internal.device.DeviceModel;
import io.pgfault.endpoint.internal.device.DeviceModels;
import io.pgfault.endpoint.internal.device.PcieFunction;
import io.pgfault.endpoint.internal.dma.DmaChannels;
import java.nio.ByteBuffer;
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
 * A DMA engine that is attached to a domain service, for example the domain of a user space queue. Each configuration
 * makes one engine. DS keeps the engine active while its unit and its domain are registered (rule R06). The engine
 * moves the bytes of the domain's page table if the page table is a {@link PhysicalMemory}.
 */
@Component(
        configurationPid = AttachedEndpoint.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = {Endpoint.class, DmaEngine.class},
        immediate = true)
@Designate(ocd = AttachedEndpoint.Config.class, factory = true)
public final class AttachedEndpoint implements DmaEngine {
    /** The factory PID. */
    static final String PID = "io.pgfault.endpoint.attached";

    private final IoPageFaults faults;
    private final DeviceModel model;
    private final int pasid;
    /** The PASID at which the domain is attached. */
    private final int attachedAt;

    private final DmaChannels channels;

    /**
     * Configuration of one device. An underscore stands for a dot: {@code io.pgfault.device.name}, {@code unit.target}.
     */
    @ObjectClassDefinition(
            name = "I/O page faults: attached DMA engine",
            description = "A device that copies, fills, compares and checks memory, attached to a domain.")
    @interface Config {
        @AttributeDefinition(name = "Name", description = "The device's name, unique behind its unit.")
        String io_pgfault_device_name();

        @AttributeDefinition(
                name = "Id",
                description = "Requester id or StreamID: decimal, 0x and hexadecimal, or bus:device.function.")
        String id();

        @AttributeDefinition(
                name = "Unit",
                required = false,
                description = "Filter for the unit, for example (io.pgfault.unit.name=dmar0). Without it, any.")
        String unit_target();

        @AttributeDefinition(
                name = "Domain",
                required = false,
                description = "Filter for the domain, for example (io.pgfault.domain.name=vm0). Without it, any.")
        String domain_target();

        @AttributeDefinition(
                name = "PASID",
                description = "The PASID to attach with, 0 to 1048575; -1: the device's accesses without PASID.")
        int pasid() default -1;

        @AttributeDefinition(
                name = "Whole device",
                description =
                        "The domain gets the device with all its PASIDs: the domain is attached without PASID, and"
                                + " the engine's accesses have the PASID. For a client that attaches the first stage of a whole"
                                + " stream (SMMUv3).")
        boolean whole_device() default false;

        @AttributeDefinition(
                name = "Stalls",
                description = "Its transactions stall (SMMUv3); else it is a PCIe function with ATS and PRI.")
        boolean stalls() default false;

        @AttributeDefinition(
                name = "Device TLB",
                description = "Entries of a PCIe function's TLB, a power of two from 1 to 1048576.")
        int tlb_entries() default PcieFunction.DEFAULT_TLB_ENTRIES;

        @AttributeDefinition(
                name = "Outstanding requests",
                description = "How many groups or transactions may be out at a time, 1 to 512; the channels wait.")
        int outstanding() default DeviceModel.DEFAULT_OUTSTANDING;

        @AttributeDefinition(
                name = "Channels",
                description = "How many descriptors are worked on at the same time, 1 to 256.")
        int channels() default 8;

        @AttributeDefinition(
                name = "Group size",
                description = "How many pages a PCIe function asks for in one group, 1 to 512.")
        int group_size() default 1;
    }

    /** Connects the device to its unit, then attaches it, then starts its channels. */
    @Activate
    public AttachedEndpoint(
            @Reference(name = "unit") Unit unit,
            @Reference(name = "domain") Domain domain,
            @Reference(name = "faults") IoPageFaults faults,
            Config config) {
        String name = BoundEndpoint.name(PID, config.io_pgfault_device_name());
        int id = BoundEndpoint.id(name, config.id());
        this.faults = faults;
        this.pasid = config.pasid();
        this.attachedAt = config.whole_device() ? Pasid.NONE : pasid;
        this.model = DeviceModels.connect(unit, name, id, config.stalls(), config.tlb_entries(), config.outstanding());
        DmaChannels started = null;
        boolean attached = false;
        try {
            faults.attach(model.device(), attachedAt, domain);
            attached = true;
            started = new DmaChannels(model, memory(domain), pasid, config.channels(), config.group_size());
        } finally {
            if (started == null) {
                release(attached);
            }
        }
        this.channels = started;
    }

    private static PhysicalMemory memory(Domain domain) {
        return domain.pageTable() instanceof PhysicalMemory memory ? memory : new NoMemory();
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public Device device() {
        return model.device();
    }

    @Override
    public int pasid() {
        return pasid;
    }

    @Override
    public Access access(int pasid, long address, int permissions) throws InterruptedException {
        return model.access(pasid, address, permissions);
    }

    @Override
    public List<Completion> execute(List<Descriptor> batch) throws InterruptedException {
        return channels.execute(batch);
    }

    /**
     * Disconnects the device first, so that the core answers the pending groups (rule C12), and detaches the domain
     * then.
     */
    @Deactivate
    void deactivate() {
        channels.close();
        release(true);
    }

    private void release(boolean attached) {
        try {
            model.disconnect();
        } finally {
            if (attached) {
                faults.detach(model.device(), attachedAt);
            }
        }
    }

    /** The memory of a domain whose page table holds no bytes: every read and write fails. */
    private static final class NoMemory implements PhysicalMemory {
        @Override
        public boolean read(long address, ByteBuffer to) {
            return false;
        }

        @Override
        public boolean write(long address, ByteBuffer from) {
            return false;
        }

        @Override
        public long frames() {
            return 0;
        }

        @Override
        public long framesInUse() {
            return 0;
        }
    }
}
