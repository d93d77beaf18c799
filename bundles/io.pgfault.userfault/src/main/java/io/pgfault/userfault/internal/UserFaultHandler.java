// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.userfault.internal.nest.ClientGroups;
import org.osgi.service.component.annotations.Component;

/**
 * Passes the groups of a {@link UserFaultQueue}'s domain to that queue. The handler runs inline, because it only
 * appends the group. The handler declines a group for which the queue has no room; the core answers that group INVALID
 * unless another handler of the kind takes the group.
 */
@Component(property = "service.ranking:Integer=0")
@HandlesFaults(domain_kind = UserFaultHandler.DOMAIN_KIND, handler_inline = true)
public final class UserFaultHandler implements FaultHandler {
    /** The kind of the domains. */
    public static final String DOMAIN_KIND = "user";

    @Override
    public Disposition handle(FaultGroup group) {
        return group.domain().pageTable() instanceof ClientGroups queue && queue.offer(group)
                ? Disposition.TAKEN
                : Disposition.DECLINED;
    }
}
