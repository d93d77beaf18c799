// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts.service;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/**
 * The services of one object that a component registers by itself, so that the component can unregister them while its
 * configuration stays. Any thread.
 */
public final class RegisteredServices {
    private static final Logger LOG = System.getLogger(RegisteredServices.class.getName());

    /**
     * Property of the service that stands for a configuration that made none: why, in one line. The service has the
     * configuration's {@code service.pid}, and {@code iopf:status} shows the line.
     */
    public static final String REFUSED = "io.pgfault.refused";

    /** The registrations, in the order in which {@link #unregister} unregisters them. */
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

    /**
     * Registers an object.
     *
     * @param properties the component's properties; a property whose name begins with a dot is the component's own, and
     *     no service shows it
     * @param types the types to register the object as, in this order
     */
    @SafeVarargs
    public <S> RegisteredServices(
            BundleContext context, Map<String, Object> properties, S service, Class<? super S>... types) {
        Map<String, Object> shown = new HashMap<>(properties);
        shown.keySet().removeIf(name -> name.startsWith("."));
        for (Class<? super S> type : types) {
            registrations.add(context.registerService(type, service, FrameworkUtil.asDictionary(shown)));
        }
        Collections.reverse(registrations);
    }

    /** Registers, in place of the services, why there are none: see {@link #REFUSED}. */
    public static RegisteredServices refused(BundleContext context, Map<String, Object> properties, String why) {
        Map<String, Object> shown = new HashMap<>(Map.of(REFUSED, why));
        shown.put(Constants.SERVICE_PID, properties.get(Constants.SERVICE_PID));
        shown.values().removeIf(Objects::isNull);
        return new RegisteredServices(context, shown, why, String.class);
    }

    /**
     * Unregisters the services, the last registered one first. A service that the framework has unregistered already,
     * because its bundle stopped, keeps no other service. Call once: see {@link Once}.
     */
    public void unregister() {
        for (ServiceRegistration<?> registration : registrations) {
            try {
                registration.unregister();
            } catch (IllegalStateException frameworkWasFaster) {
                LOG.log(Level.DEBUG, "a service of a bundle that stopped was unregistered before", frameworkWasFaster);
            }
        }
    }
}
