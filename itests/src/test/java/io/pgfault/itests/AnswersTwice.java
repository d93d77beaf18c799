// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** A handler in a bundle of its own that breaks rule C09: the handler answers each group twice. */
public final class AnswersTwice implements BundleActivator, FaultHandler {
    @Override
    public void start(BundleContext context) {
        context.registerService(FaultHandler.class, this, FrameworkUtil.asDictionary(Map.of(DOMAIN_KIND, "sva")));
    }

    /** Nothing is left to do: the framework unregisters the service. */
    @Override
    public void stop(BundleContext context) {}

    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED;
        }
        ResponseCode code = ResponseCode.SUCCESS;
        for (int i = 0; i < group.size() && code == ResponseCode.SUCCESS; i++) {
            code = space.populate(group.address(i), group.permissions(i));
        }
        group.respond(code);
        group.respond(code);
        return Disposition.TAKEN;
    }
}
