// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import java.util.List;
import java.util.function.Supplier;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * Our components that failed, or that wait for something although they are configured. The executor's threads enter.
 */
@Component(
        service = HealthCheck.class,
        property = {"hc.name=Components of io.pgfault", "hc.tags=io.pgfault"})
public final class ComponentsHealthCheck implements HealthCheck {
    /** Property of a service that stands for a configuration that made nothing: why, see the bundles' README. */
    private static final String REFUSED = "io.pgfault.refused";

    private final ServiceComponentRuntime runtime;
    private final Supplier<List<String>> refusals;

    /** Called by Declarative Services. */
    @Activate
    public ComponentsHealthCheck(BundleContext context, @Reference ServiceComponentRuntime runtime) {
        this(runtime, () -> refusals(context));
    }

    /** @param refusals why configurations have made nothing, now */
    ComponentsHealthCheck(ServiceComponentRuntime runtime, Supplier<List<String>> refusals) {
        this.runtime = runtime;
        this.refusals = refusals;
    }

    private static List<String> refusals(BundleContext context) {
        try {
            return context.getServiceReferences(String.class, "(" + REFUSED + "=*)").stream()
                    .map(service -> String.valueOf(service.getProperty(REFUSED)))
                    .toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("the filter is a constant", e);
        }
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        int working = 0;
        for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs()) {
            if (!description.name.startsWith("io.pgfault.")) {
                continue;
            }
            for (ComponentConfigurationDTO component : runtime.getComponentConfigurationDTOs(description)) {
                Object pid = component.properties.getOrDefault("service.pid", description.name);
                if (component.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
                    log.critical("{} failed; the command status says why", pid);
                } else if (component.state == ComponentConfigurationDTO.UNSATISFIED_REFERENCE) {
                    log.warn("{} waits for {}; the command status says why", pid, first(component));
                } else {
                    working++;
                }
            }
        }
        refusals.get().forEach(why -> log.critical("{}", why));
        // A result without an entry is a warning.
        log.info("{} work", working);
        return new Result(log);
    }

    private static String first(ComponentConfigurationDTO component) {
        return component.unsatisfiedReferences.length == 0 ? "?" : component.unsatisfiedReferences[0].name;
    }
}
