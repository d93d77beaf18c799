// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.tck.UnitUnderTest;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A unit of a running container: the services of a driver bundle. The kit starts the bundle for each check, and stops
 * the bundle when the unit goes. The caller makes the unit's configuration.
 */
public final class DriverService implements UnitUnderTest {
    private static final long PATIENCE_MILLIS = DriverKit.PATIENCE.toMillis();

    private final Bundle bundle;
    private final Unit unit;
    private final IommuDriver driver;

    private DriverService(BundleContext context, Bundle bundle, String name) throws Exception {
        this.bundle = bundle;
        bundle.start();
        this.unit = await(context, Unit.class, name);
        this.driver = await(context, IommuDriver.class, name);
    }

    /**
     * Makes the kit for the unit {@code name} of a bundle, with the core of this container.
     *
     * @param context the caller's bundle context; the kit registers its handler there
     */
    public static DriverKit kit(
            BundleContext context, Bundle bundle, String name, Set<UnitUnderTest.FaultKind> faultKinds) {
        return new DriverKit(
                faultKinds,
                () -> new DriverBench(
                        new RunningCore(context),
                        faults -> new DriverService(context, bundle, name),
                        DriverKit.PATIENCE));
    }

    private static <T> T await(BundleContext context, Class<T> type, String name) throws Exception {
        String filter = "(&(objectClass=" + type.getName() + ")(" + IommuDriver.UNIT_NAME + "=" + name + "))";
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, FrameworkUtil.createFilter(filter), null);
        tracker.open();
        try {
            T service = tracker.waitForService(PATIENCE_MILLIS);
            if (service == null) {
                throw new IllegalStateException(
                        "no service " + filter + " came up: is the unit configured, and the core started?");
            }
            // The kit holds the service beyond the tracker: else SCR would deactivate a component without another user.
            return context.getService(tracker.getServiceReference());
        } finally {
            tracker.close();
        }
    }

    @Override
    public Unit unit() {
        return unit;
    }

    @Override
    public IommuDriver driver() {
        return driver;
    }

    /** Stops the bundle; SCR unregisters its services first, so the core removes the devices while the driver works. */
    @Override
    public void close() throws Exception {
        bundle.stop();
    }
}
