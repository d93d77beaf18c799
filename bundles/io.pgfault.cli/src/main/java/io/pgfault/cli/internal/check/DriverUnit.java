// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.check;

import io.pgfault.api.driver.IommuDriver;
import io.pgfault.cli.internal.console.BadInput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * A unit of a driver bundle that is checked: most drivers make a unit for each configuration, so the check makes a
 * configuration for the time of the check. One thread.
 */
final class DriverUnit implements AutoCloseable {
    private static final String NAME = "iopf-check";

    private final Configuration configuration;

    private DriverUnit(Configuration configuration) {
        this.configuration = configuration;
    }

    /**
     * Configures a unit of the bundle, by the component description that registers an {@link IommuDriver}.
     *
     * @return empty if the bundle has no such component
     */
    static Optional<DriverUnit> configure(BundleContext context, ConfigurationAdmin configurations, Bundle bundle)
            throws IOException {
        Optional<String> pid = pid(context, bundle);
        if (pid.isEmpty()) {
            return Optional.empty();
        }
        Configuration made = configurations.getFactoryConfiguration(pid.get(), NAME, "?");
        made.update(FrameworkUtil.asDictionary(Map.of(IommuDriver.UNIT_NAME, NAME)));
        return Optional.of(new DriverUnit(made));
    }

    private static Optional<String> pid(BundleContext context, Bundle bundle) throws BadInput {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        if (reference == null) {
            throw new BadInput("check needs Declarative Services: start org.apache.felix.scr");
        }
        try {
            return context.getService(reference).getComponentDescriptionDTOs(bundle).stream()
                    .filter(DriverUnit::drives)
                    .flatMap(description -> Arrays.stream(description.configurationPid))
                    .findFirst();
        } finally {
            context.ungetService(reference);
        }
    }

    private static boolean drives(ComponentDescriptionDTO description) {
        return Stream.of(description.serviceInterfaces).anyMatch(IommuDriver.class.getName()::equals);
    }

    /** The unit's name. */
    String name() {
        return NAME;
    }

    /** Deletes the configuration, and the unit goes. */
    @Override
    public void close() throws IOException {
        configuration.delete();
    }
}
