// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** A handler in a bundle of its own whose author has misspelt the kind of domain (rule R02). */
public final class ServesSvaa implements BundleActivator, FaultHandler {
    @Override
    public void start(BundleContext context) {
        context.registerService(FaultHandler.class, this, FrameworkUtil.asDictionary(Map.of(DOMAIN_KIND, "svaa")));
    }

    /** Nothing is left to do: the framework unregisters the service. */
    @Override
    public void stop(BundleContext context) {}

    @Override
    public Disposition handle(FaultGroup group) {
        return Disposition.DECLINED;
    }
}
