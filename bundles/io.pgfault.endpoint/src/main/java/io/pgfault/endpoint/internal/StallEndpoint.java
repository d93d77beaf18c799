// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.endpoint.internal.device.DeviceModel;
import io.pgfault.endpoint.internal.device.StallingMaster;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A {@link StallingMaster} that is bound to an address space. Each configuration makes one device. DS keeps the device
 * active while its unit, its address space and SVA are registered (rule R06).
 */
@Component(
        configurationPid = StallEndpoint.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = Endpoint.class,
        immediate = true)
@Designate(ocd = StallEndpoint.Config.class, factory = true)
public final class StallEndpoint extends BoundEndpoint {
    /** The factory PID. */
    static final String PID = "io.pgfault.endpoint.stall";

    /**
     * Configuration of one device. An underscore stands for a dot: {@code io.pgfault.device.name}, {@code unit.target}.
     */
    @ObjectClassDefinition(
            name = "I/O page faults: stalling master",
            description = "A platform device whose faulting transactions stall, bound to an address space.")
    @interface Config {
        @AttributeDefinition(name = "Name", description = "The device's name, unique behind its unit.")
        String io_pgfault_device_name();

        @AttributeDefinition(name = "Id", description = "StreamID: decimal, or 0x and hexadecimal, up to 32 bits.")
        String id();

        @AttributeDefinition(
                name = "Unit",
                required = false,
                description = "Filter for the unit, for example (io.pgfault.unit.name=smmu3.0). Without it, any.")
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
                name = "Outstanding transactions",
                description = "How many transactions may be out at a time, 1 to 512; further accesses wait.")
        int outstanding() default DeviceModel.DEFAULT_OUTSTANDING;
    }

    /** Connects the device to its unit, then binds it. */
    @Activate
    public StallEndpoint(
            @Reference(name = "unit") Unit unit,
            @Reference(name = "sva") Sva sva,
            @Reference(name = "space") AddressSpace space,
            Config config) {
        super(
                new StallingMaster(
                        unit,
                        name(PID, config.io_pgfault_device_name()),
                        id(config.io_pgfault_device_name(), config.id()),
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
