// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.kernel;

import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.sva.AddressSpace;
import java.util.Dictionary;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/** The platform in the guest: its devices and units, and how they go and come back. */
final class GuestPlatform {
    private final BundleContext context;
    private final ConfigurationAdmin configurations;

    GuestPlatform(BundleContext context, ConfigurationAdmin configurations) {
        this.context = context;
        this.configurations = configurations;
    }

    /** How many pages of address spaces have been populated. */
    long populatedPages() throws InvalidSyntaxException {
        return context.getServiceReferences(AddressSpace.class, null).stream()
                .mapToLong(reference -> context.getService(reference).populatedPages())
                .sum();
    }

    /** What is done while a configuration is away. */
    interface Work {
        void run() throws Exception;
    }

    /** Takes a configuration away, does something, and makes it again. */
    void recreate(String pid, Work between) throws Exception {
        Configuration[] found = configurations.listConfigurations("(service.pid=" + pid + ")");
        Dictionary<String, Object> properties = found[0].getProperties();
        found[0].delete();
        String factoryPid = pid.substring(0, pid.indexOf('~'));
        await(() -> !services(factoryPid, pid));
        between.run();
        configurations
                .getFactoryConfiguration(factoryPid, pid.substring(pid.indexOf('~') + 1), "?")
                .update(properties);
    }

    /** Whether the services of a configuration are there. */
    private boolean services(String factoryPid, String pid) {
        try {
            return context.getAllServiceReferences(null, "(service.pid=" + pid + ")") != null;
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(factoryPid, e);
        }
    }

    /** The device, once it is there. */
    Endpoint endpoint(String name) throws Exception {
        ServiceTracker<Endpoint, Endpoint> tracker = new ServiceTracker<>(
                context,
                context.createFilter(
                        "(&(objectClass=" + Endpoint.class.getName() + ")(" + Endpoint.DEVICE_NAME + "=" + name + "))"),
                null);
        tracker.open();
        try {
            Endpoint endpoint = tracker.waitForService(TimeUnit.SECONDS.toMillis(30));
            if (endpoint == null) {
                throw new IllegalStateException("no device " + name);
            }
            return endpoint;
        } finally {
            tracker.close();
        }
    }

    /** Returns when the units have answered all that was reported. */
    void drained() throws Exception {
        for (ServiceReference<Unit> reference : context.getServiceReferences(Unit.class, null)) {
            context.getService(reference).drain();
        }
    }

    /** Waits until it is true, for a minute at most; the caller looks whether it is. */
    static void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean() && System.nanoTime() < until) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
