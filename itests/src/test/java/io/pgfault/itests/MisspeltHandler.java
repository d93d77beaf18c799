// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** A stranger's bundle whose handler serves a kind of domain that has a letter too many. */
public final class MisspeltHandler implements BundleActivator, FaultHandler {
    static final String IMPORTS = "io.pgfault.api,io.pgfault.api.handler,org.osgi.framework";

    @Override
    public void start(BundleContext context) {
        context.registerService(
                FaultHandler.class, this, FrameworkUtil.asDictionary(Map.of(FaultHandler.DOMAIN_KIND, "svaa")));
    }

    @Override
    public void stop(BundleContext context) {}

    @Override
    public Disposition handle(FaultGroup group) {
        return Disposition.DECLINED;
    }
}
