// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
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
    private final ServiceComponentRuntime runtime;

    /** Called by Declarative Services. */
    @Activate
    public ComponentsHealthCheck(@Reference ServiceComponentRuntime runtime) {
        this.runtime = runtime;
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
        // A result without an entry is a warning.
        log.info("{} work", working);
        return new Result(log);
    }

    private static String first(ComponentConfigurationDTO component) {
        return component.unsatisfiedReferences.length == 0 ? "?" : component.unsatisfiedReferences[0].name;
    }
}
