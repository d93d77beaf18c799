// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.junit.Assert.assertNotNull;

import java.util.HashMap;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/** A container as a test in it uses it: configure, wait for services, find bundles. */
record Rig(BundleContext context, ConfigurationAdmin configurations) {
    /** How long anything may take to come up. */
    static final long PATIENCE_MILLIS = 20_000;

    /** Makes or replaces a factory configuration; keys and values in turn. */
    void configure(String factoryPid, String name, Object... properties) throws Exception {
        configurations
                .getFactoryConfiguration(factoryPid, name, "?")
                .updateIfDifferent(FrameworkUtil.asDictionary(values(properties)));
    }

    /** Deletes a factory configuration. */
    void unconfigure(String factoryPid, String name) throws Exception {
        configurations.getFactoryConfiguration(factoryPid, name, "?").delete();
    }

    /** Makes or replaces a configuration of one component. */
    void configureOne(String pid, Object... properties) throws Exception {
        configurations.getConfiguration(pid, "?").updateIfDifferent(FrameworkUtil.asDictionary(values(properties)));
    }

    private static Map<String, Object> values(Object... properties) {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < properties.length; i += 2) {
            values.put(properties[i].toString(), properties[i + 1]);
        }
        return values;
    }

    /** The one service of a type; waits for it. */
    <T> T service(Class<T> type) throws Exception {
        return service(type, "(objectClass=*)");
    }

    /** The service of a type that matches a filter; waits for it. */
    <T> T service(Class<T> type, String filter) throws Exception {
        ServiceTracker<T, T> tracker = tracker(type, filter);
        try {
            T service = tracker.waitForService(PATIENCE_MILLIS);
            assertNotNull(type.getName() + " " + filter + " came up", service);
            return service;
        } finally {
            tracker.close();
        }
    }

    /** An open tracker. */
    <T> ServiceTracker<T, T> tracker(Class<T> type, String filter) throws Exception {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(
                context, FrameworkUtil.createFilter("(&(objectClass=" + type.getName() + ")" + filter + ")"), null);
        tracker.open();
        return tracker;
    }

    /** The installed bundle of that name. */
    Bundle bundle(String symbolicName) {
        for (Bundle bundle : context.getBundles()) {
            if (symbolicName.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new AssertionError("no bundle " + symbolicName);
    }
}
