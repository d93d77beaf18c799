// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** What a target filter may mean, for people. */
final class Targets {
    private static final Pattern KEY = Pattern.compile("\\(([A-Za-z0-9._-]+)[~<>]?=");
    private static final List<String> NAMES = List.of(
            "io.pgfault.unit.name",
            "io.pgfault.address.space.name",
            "io.pgfault.domain.name",
            "io.pgfault.device.name",
            "service.pid");

    private Targets() {}

    /** Whether a component of these properties could be the service that a target asks for. */
    static boolean mayMean(String target, Map<String, Object> properties) {
        if (target == null) {
            return true;
        }
        try {
            Filter filter = FrameworkUtil.createFilter(target);
            return filter.matches(properties);
        } catch (InvalidSyntaxException e) {
            return false;
        }
    }

    /** The names of services, by the property that the target asks for, or by the first name that each has. */
    static String names(String target, List<ServiceReference<?>> services) {
        Matcher key = KEY.matcher(target);
        String property = key.find() ? key.group(1) : null;
        return services.stream()
                .map(service -> name(property, service))
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private static String name(String property, ServiceReference<?> service) {
        if (property != null && service.getProperty(property) != null) {
            return String.valueOf(service.getProperty(property));
        }
        return NAMES.stream()
                .filter(name -> service.getProperty(name) != null)
                .map(name -> String.valueOf(service.getProperty(name)))
                .findFirst()
                .orElseGet(() -> "service " + service.getProperty("service.id"));
    }
}
