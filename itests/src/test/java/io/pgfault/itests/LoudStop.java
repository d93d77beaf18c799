// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Says on standard error that its bundle is stopped. */
public final class LoudStop implements BundleActivator {
    static final String STOPPED = "the bundle was stopped";

    @Override
    public void start(BundleContext context) {}

    @Override
    public void stop(BundleContext context) {
        System.err.println(STOPPED);
    }
}
