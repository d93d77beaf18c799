// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import io.pgfault.iommufd.internal.kernel.MockDevice;
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
 * A mock device of a test kernel. Each configuration makes one device. The kernel makes up the device, and queues a
 * page request of the device for each access, because the device has no TLB. DS keeps the device active while its unit
 * is registered (rule R06).
 */
@Component(
        configurationPid = MockEndpoint.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = Endpoint.class,
        immediate = true)
@Designate(ocd = MockEndpoint.Config.class, factory = true)
public final class MockEndpoint implements Endpoint {
    /** The factory PID. */
    static final String PID = "io.pgfault.iommufd.mock";

    /**
     * Configuration of one device. An underscore stands for a dot: {@code io.pgfault.device.name}, {@code unit.target}.
     */
    @ObjectClassDefinition(
            name = "IOMMUFD mock device",
            description =
                    "A device that a test kernel (CONFIG_IOMMUFD_TEST) makes up, which faults when it is told to.")
    @interface Config {
        @AttributeDefinition(name = "Name", description = "The device's name, unique behind its unit.")
        String io_pgfault_device_name();

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
                description = "The PASID whose faults are handled, 1 to 1048575; -1: one is allocated for kind sva, all"
                        + " are handled for any other kind.")
        int pasid() default -1;
    }

    private final BoundDevice bound;
    private final TriggeredFaults triggered;

    /** Makes the kernel create the device, then attaches the domain. */
    @Activate
    public MockEndpoint(
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
        this.bound = new BoundDevice(
                unit,
                faults,
                sva,
                space,
                config.io_pgfault_device_name(),
                new DeviceChoice.Mock(),
                config.domain_kind(),
                config.pasid());
        this.triggered = new TriggeredFaults(
                bound.connection(), (MockDevice) bound.connection().known());
    }

    @Deactivate
    void deactivate() {
        bound.close();
        triggered.close();
    }

    @Override
    public String name() {
        return bound.device().name();
    }

    @Override
    public Device device() {
        return bound.device();
    }

    @Override
    public int pasid() {
        return bound.pasid();
    }

    @Override
    public Access access(int pasid, long address, int permissions) throws InterruptedException {
        return triggered.access(pasid, address, permissions);
    }
}
