// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A device of the host behind an IOMMUFD unit. Each configuration makes one device. DS keeps the device active while
 * its unit is registered (rule R06).
 */
@Component(
        configurationPid = IommufdDevice.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = {},
        immediate = true)
@Designate(ocd = IommufdDevice.Config.class, factory = true)
public final class IommufdDevice {
    /** The factory PID. */
    static final String PID = "io.pgfault.iommufd.device";

    /**
     * Property: the device's name. Endpoints have another property, because a caller can make an endpoint access
     * memory.
     */
    static final String NAME = "device.name";

    /** Configuration of one device. An underscore stands for a dot: {@code device.name}, {@code unit.target}. */
    @ObjectClassDefinition(
            name = "IOMMUFD device",
            description = "A device of the host whose page requests come through an IOMMUFD unit.")
    @interface Config {
        @AttributeDefinition(name = "Name", description = "The device's name, unique behind its unit.")
        String device_name();

        @AttributeDefinition(
                name = "VFIO device",
                required = false,
                description = "Path of its VFIO character device, for example /dev/vfio/devices/vfio0.")
        String path();

        @AttributeDefinition(
                name = "Id",
                description = "Its IOMMUFD device id, behind a unit that took its fault queue over; -1: it has a path.")
        int id() default -1;

        @AttributeDefinition(
                name = "Unit",
                required = false,
                description = "Filter for the unit, for example (io.pgfault.unit.name=iommufd0). Without it, any.")
        String unit_target();

        @AttributeDefinition(
                name = "Kind of domain",
                description = "Handlers of this kind get its faults; sva: an address space resolves them.")
        String domain_kind() default Sva.DOMAIN_KIND;

        @AttributeDefinition(
                name = "Address space",
                required = false,
                description = "Filter for the address space, for kind sva. Without it, any.")
        String space_target();

        @AttributeDefinition(
                name = "PASID",
                description = "The PASID whose faults are handled, 0 to 1048575; -1: one is allocated for kind sva, all"
                        + " are handled for any other kind.")
        int pasid() default -1;
    }

    private final BoundDevice bound;

    /** Connects the kernel's device, then attaches its domain. */
    @Activate
    public IommufdDevice(
            @Reference(name = "unit") IommufdUnit unit,
            @Reference(name = "faults") IoPageFaults faults,
            @Reference(
                            name = "sva",
                            cardinality = ReferenceCardinality.OPTIONAL,
                            policyOption = ReferencePolicyOption.GREEDY)
                    Sva sva,
            @Reference(
                            name = "space",
                            cardinality = ReferenceCardinality.OPTIONAL,
                            policyOption = ReferencePolicyOption.GREEDY)
                    AddressSpace space,
            Config config) {
        String name = config.device_name();
        this.bound = new BoundDevice(
                unit,
                faults,
                sva,
                space,
                name,
                choice(name, config.path(), config.id()),
                config.domain_kind(),
                config.pasid());
    }

    private static DeviceChoice choice(String name, String path, int id) {
        boolean hasPath = path != null && !path.isEmpty();
        if (hasPath == id >= 0) {
            throw new IllegalArgumentException("device " + name
                    + " needs either a path (a VFIO character device) or an id (behind a fault queue that was taken"
                    + " over)");
        }
        return hasPath ? new DeviceChoice.Vfio(path) : new DeviceChoice.Attached(id);
    }

    @Deactivate
    void deactivate() {
        bound.close();
    }
}
