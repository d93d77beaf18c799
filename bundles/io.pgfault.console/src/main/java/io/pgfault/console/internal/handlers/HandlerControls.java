// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.handlers;

import io.pgfault.api.handler.FaultHandler;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.util.promise.Promise;

/**
 * Stops, starts and ranks handlers while faults flow. The console stops a handler by disabling its component, and ranks
 * it by a configuration with {@code service.ranking}; the core keeps its promises as for every handler that leaves and
 * comes (rules R01 to R04). A handler that a bundle registers without Declarative Services has neither lever.
 *
 * <p>Any thread; the monitor lets one change happen at a time.
 */
@Component(service = HandlerControls.class)
public final class HandlerControls {
    private static final String HANDLER = FaultHandler.class.getName();
    private static final String COMPONENT_NAME = "component.name";
    private static final String RESTARTS = "Ranking restarts this component: its groups have the grace time.";

    private final BundleContext context;
    private final ServiceComponentRuntime components;
    private final ConfigurationAdmin configurations;

    /** Called by Declarative Services. */
    @Activate
    public HandlerControls(
            BundleContext context,
            @Reference ServiceComponentRuntime components,
            @Reference ConfigurationAdmin configurations) {
        this.context = context;
        this.components = components;
        this.configurations = configurations;
    }

    /** Every handler: components first in no certain order, then services without a component. */
    public List<HandlerRow> rows() {
        List<HandlerRow> rows = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        for (ComponentDescriptionDTO component : handlers()) {
            HandlerRow row = row(component);
            rows.add(row);
            seen.add(row.serviceId());
        }
        for (ServiceReference<?> reference : services()) {
            if (!seen.contains(id(reference))) {
                rows.add(row(reference));
            }
        }
        return rows;
    }

    /** Disables a handler's component. When the call returns, the core offers the handler no more groups. */
    public synchronized void stop(String key) throws NoSuchLever, InterruptedException {
        await(components.disableComponent(component(key)), key);
    }

    /** Enables a handler's component. */
    public synchronized void start(String key) throws NoSuchLever, InterruptedException {
        await(components.enableComponent(component(key)), key);
    }

    /**
     * Gives a handler a {@code service.ranking}, in the configuration of its component. ConfigurationAdmin keeps the
     * configuration, also over a restart of the container.
     */
    public synchronized void rank(String key, int ranking) throws NoSuchLever {
        ComponentDescriptionDTO component = component(key);
        if (!takesConfiguration(component)) {
            throw new NoSuchLever(component.name + " takes no configuration, so its ranking is fixed.");
        }
        try {
            Configuration configuration = configurations.getConfiguration(pid(component), "?");
            Dictionary<String, Object> before = configuration.getProperties();
            Map<String, Object> properties = new HashMap<>(before == null ? Map.of() : FrameworkUtil.asMap(before));
            properties.put(Constants.SERVICE_RANKING, ranking);
            configuration.update(FrameworkUtil.asDictionary(properties));
        } catch (IOException e) {
            throw new NoSuchLever("The configuration of " + component.name + " can't be stored: " + e.getMessage(), e);
        }
    }

    private HandlerRow row(ComponentDescriptionDTO component) {
        Optional<ComponentConfigurationDTO> running = components.getComponentConfigurationDTOs(component).stream()
                .filter(configuration -> configuration.service != null)
                .findFirst();
        boolean enabled = components.isComponentEnabled(component);
        Map<String, Object> properties =
                running.map(configuration -> configuration.properties).orElse(component.properties);
        boolean rankable = takesConfiguration(component);
        String note = !rankable
                ? "The ranking is fixed: the component takes no configuration."
                : component.modified == null ? RESTARTS : "";
        return new HandlerRow(
                "component/" + component.bundle.symbolicName + "/" + component.name,
                component.name,
                component.bundle.symbolicName,
                running.map(configuration -> configuration.service.id).orElse(0L),
                kinds(properties.get(FaultHandler.DOMAIN_KIND)),
                ranking(properties.get(Constants.SERVICE_RANKING)),
                Boolean.TRUE.equals(properties.get(FaultHandler.INLINE)),
                running.isPresent() ? "running" : enabled ? "waiting" : "stopped",
                true,
                rankable,
                note);
    }

    private static HandlerRow row(ServiceReference<?> reference) {
        Object name = reference.getProperty(COMPONENT_NAME);
        return new HandlerRow(
                "service/" + id(reference),
                name == null ? reference.getBundle().getSymbolicName() + "/" + id(reference) : name.toString(),
                reference.getBundle().getSymbolicName(),
                id(reference),
                kinds(reference.getProperty(FaultHandler.DOMAIN_KIND)),
                ranking(reference.getProperty(Constants.SERVICE_RANKING)),
                Boolean.TRUE.equals(reference.getProperty(FaultHandler.INLINE)),
                "running",
                false,
                false,
                "Its bundle registers this handler itself: only the bundle can be stopped.");
    }

    private List<ComponentDescriptionDTO> handlers() {
        return components.getComponentDescriptionDTOs().stream()
                .filter(component -> component.serviceInterfaces != null
                        && Arrays.asList(component.serviceInterfaces).contains(HANDLER))
                .toList();
    }

    private ComponentDescriptionDTO component(String key) throws NoSuchLever {
        return handlers().stream()
                .filter(component -> row(component).key().equals(key))
                .findFirst()
                .orElseThrow(() -> new NoSuchLever(
                        key.startsWith("service/")
                                ? "This handler has no component: only its bundle can be stopped."
                                : "No such handler any more: " + key));
    }

    private List<ServiceReference<?>> services() {
        try {
            ServiceReference<?>[] found = context.getAllServiceReferences(HANDLER, null);
            return found == null ? List.of() : List.of(found);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("no filter was given", e);
        }
    }

    private static void await(Promise<Void> change, String key) throws NoSuchLever, InterruptedException {
        try {
            change.getValue();
        } catch (InvocationTargetException e) {
            throw new NoSuchLever(key + ": " + e.getCause().getMessage(), e);
        }
    }

    private static boolean takesConfiguration(ComponentDescriptionDTO component) {
        return !"ignore".equals(component.configurationPolicy);
    }

    /** The PID of the running configuration, or the first that the component looks for. */
    private String pid(ComponentDescriptionDTO component) {
        return components.getComponentConfigurationDTOs(component).stream()
                .map(configuration -> configuration.properties.get(Constants.SERVICE_PID))
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .findFirst()
                .orElse(component.configurationPid[0]);
    }

    private static long id(ServiceReference<?> reference) {
        return (Long) reference.getProperty(Constants.SERVICE_ID);
    }

    private static int ranking(Object property) {
        return property instanceof Integer ranking ? ranking : 0;
    }

    private static List<String> kinds(Object property) {
        if (property instanceof String kind) {
            return List.of(kind);
        }
        return property instanceof String[] kinds ? List.of(kinds) : List.of();
    }
}
