// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.endpoint.internal.device.DeviceModel;
import io.pgfault.endpoint.internal.device.PcieFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A {@link PcieFunction} that is bound to an address space. Each configuration makes one device. DS keeps the device
 * active while its unit, its address space and SVA are registered (rule R06).
 */
@Component(
        configurationPid = PcieEndpoint.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = Endpoint.class,
        immediate = true)
@Designate(ocd = PcieEndpoint.Config.class, factory = true)
public final class PcieEndpoint extends BoundEndpoint {
    /** The factory PID. */
    static final String PID = "io.pgfault.endpoint.pcie";

    /**
     * Configuration of one device. An underscore stands for a dot: {@code io.pgfault.device.name}, {@code unit.target}.
     */
    @ObjectClassDefinition(
            name = "I/O page faults: PCIe function",
            description = "A device with ATS and PRI, bound to an address space.")
    @interface Config {
        @AttributeDefinition(name = "Name", description = "The device's name, unique behind its unit.")
        String io_pgfault_device_name();

        @AttributeDefinition(
                name = "Id",
                description = "Requester id: decimal, 0x and hexadecimal, or bus:device.function such as 00:02.0.")
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
                name = "Device TLB",
                description = "Entries of the device TLB, a power of two from 1 to 1048576.")
        int tlb_entries() default PcieFunction.DEFAULT_TLB_ENTRIES;

        @AttributeDefinition(
                name = "Outstanding page requests",
                description = "How many page requests may be out at a time, 1 to 512; further accesses wait.")
        int outstanding() default DeviceModel.DEFAULT_OUTSTANDING;
    }

    /** Connects the device to its unit, then binds it. */
    @Activate
    public PcieEndpoint(
            @Reference(name = "unit") Unit unit,
            @Reference(name = "sva") Sva sva,
            @Reference(name = "space") AddressSpace space,
            Config config) {
        super(
                new PcieFunction(
                        unit,
                        name(PID, config.io_pgfault_device_name()),
                        id(config.io_pgfault_device_name(), config.id()),
                        config.tlb_entries(),
                        config.outstanding()),
                sva,
                space,
                config.pasid());
    }

    @Deactivate
    void deactivate() {
        close();
    }
}
