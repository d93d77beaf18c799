// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.endpoint.internal.device.DeviceModel;
import io.pgfault.endpoint.internal.device.DeviceModels;
import io.pgfault.endpoint.internal.device.PcieFunction;
import io.pgfault.endpoint.internal.dma.DmaChannels;
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
 * A DMA engine that is bound to an address space: a PCIe function or a stalling master that moves memory. Each
 * configuration makes one engine. DS keeps the engine active while its unit, its address space and SVA are registered
 * (rule R06).
 */
@Component(
        configurationPid = DmaEndpoint.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = {Endpoint.class, DmaEngine.class},
        immediate = true)
@Designate(ocd = DmaEndpoint.Config.class, factory = true)
public final class DmaEndpoint extends BoundEndpoint implements DmaEngine {
    /** The factory PID. */
    static final String PID = "io.pgfault.endpoint.dma";

    private final DmaChannels channels;

    /**
     * Configuration of one device. An underscore stands for a dot: {@code io.pgfault.device.name}, {@code unit.target}.
     */
    @ObjectClassDefinition(
            name = "I/O page faults: DMA engine",
            description = "A device that copies, fills, compares and checks memory, bound to an address space.")
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
                name = "Address space",
                required = false,
                description = "Filter for the address space, for example (io.pgfault.address.space.name=guest)."
                        + " Without it, any.")
        String space_target();

        @AttributeDefinition(
                name = "PASID",
                description = "The PASID to bind with, 0 to 1048575; -1 has one allocated.")
        int pasid() default -1;

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

    /** Connects the device to its unit, then binds it, then starts its channels. */
    @Activate
    public DmaEndpoint(
            @Reference(name = "unit") Unit unit,
            @Reference(name = "sva") Sva sva,
            @Reference(name = "space") AddressSpace space,
            @Reference(name = "memory") PhysicalMemory memory,
            Config config) {
        super(model(unit, config), sva, space, config.pasid());
        DmaChannels started = null;
        try {
            started = new DmaChannels(model(), memory, pasid(), config.channels(), config.group_size());
        } finally {
            if (started == null) {
                close();
            }
        }
        this.channels = started;
    }

    private static DeviceModel model(Unit unit, Config config) {
        String name = name(PID, config.io_pgfault_device_name());
        int id = id(name, config.id());
        return DeviceModels.connect(unit, name, id, config.stalls(), config.tlb_entries(), config.outstanding());
    }

    @Override
    public List<Completion> execute(List<Descriptor> batch) throws InterruptedException {
        return channels.execute(batch);
    }

    @Deactivate
    void deactivate() {
        channels.close();
        close();
    }
}
