// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import org.osgi.service.component.annotations.Component;

/**
 * Answers SUCCESS to every group of a domain of kind {@value #KIND} and maps nothing. Attached
 * where recorded requests have no PASID and no maps say what they may touch, so that a replay shows what the way of a
 * fault costs. Not for devices that try again: a page that is granted but not mapped faults for ever.
 *
 * <p>Runs inline: the answer takes less time than a change of thread.
 */
@Component
@HandlesFaults(domain_kind = GrantingHandler.KIND, handler_inline = true)
public final class GrantingHandler implements FaultHandler {
    /** The kind of domain this handler serves. */
    public static final String KIND = "grant";

    @Override
    public Disposition handle(FaultGroup group) {
        group.respond(ResponseCode.SUCCESS);
        return Disposition.TAKEN;
    }
}
