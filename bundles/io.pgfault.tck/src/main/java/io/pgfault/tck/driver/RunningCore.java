// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.FaultHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;

/** The core of a container, as a service of the registry. */
final class RunningCore implements Core {
    private final BundleContext context;
    private final IoPageFaults faults;

    /** The thread of the check writes and reads this list. */
    private final List<ServiceRegistration<?>> handlers = new ArrayList<>();

    /**
     * Finds the one core of the container.
     *
     * @throws IllegalStateException if the core's bundle isn't started
     */
    RunningCore(BundleContext context) {
        this.context = context;
        ServiceReference<IoPageFaults> reference = context.getServiceReference(IoPageFaults.class);
        if (reference == null) {
            throw new IllegalStateException("no " + IoPageFaults.class.getName() + ": is the core's bundle started?");
        }
        this.faults = context.getService(reference);
    }

    @Override
    public IoPageFaults faults() {
        return faults;
    }

    @Override
    public void serve(String kind, FaultHandler handler) {
        handlers.add(context.registerService(
                FaultHandler.class,
                handler,
                FrameworkUtil.asDictionary(Map.of(FaultHandler.DOMAIN_KIND, kind, FaultHandler.INLINE, true))));
    }

    /** Does nothing: a running core hears from the service registry that a driver goes. */
    @Override
    public void unitGoes(String unit) {}

    /** Does nothing: a running core writes a forbidden call to its log. */
    @Override
    public void verify() {}

    @Override
    public void close() {
        handlers.forEach(ServiceRegistration::unregister);
    }
}
