// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.check;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.SynchronousBundleListener;

/**
 * Starts a bundle and waits until the bundle is active. A framework that has not reached its first start level yet only
 * notes that the bundle is to start (OSGi Core 8 §9.3.1), and the command runs before the framework has reached that
 * level.
 */
final class Activation {
    private static final long PATIENCE_SECONDS = 20;

    private Activation() {}

    /**
     * Starts the bundle.
     *
     * @return whether the bundle is active
     * @throws BundleException if the bundle doesn't resolve, or its activator throws
     */
    static boolean of(BundleContext context, Bundle bundle) throws BundleException, InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        SynchronousBundleListener listener = event -> {
            if (event.getBundle() == bundle && event.getType() == BundleEvent.STARTED) {
                started.countDown();
            }
        };
        context.addBundleListener(listener);
        try {
            bundle.start();
            return bundle.getState() == Bundle.ACTIVE || started.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } finally {
            context.removeBundleListener(listener);
        }
    }
}
