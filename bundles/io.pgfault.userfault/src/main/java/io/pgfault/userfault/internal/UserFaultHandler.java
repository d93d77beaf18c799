// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import org.osgi.service.component.annotations.Component;

/**
 * Hands the groups of domains that were made by a {@link UserFaultQueue} to their queue. Inline: it only puts them there.
 * What a queue has no room for is declined, and answered INVALID unless another handler of the kind wants it.
 */
@Component(property = "service.ranking:Integer=0")
@HandlesFaults(domain_kind = UserFaultHandler.DOMAIN_KIND, handler_inline = true)
public final class UserFaultHandler implements FaultHandler {
    /** The kind of the domains. */
    static final String DOMAIN_KIND = "user";

    @Override
    public Disposition handle(FaultGroup group) {
        return group.domain().pageTable() instanceof UserSpace space && space.offer(group)
                ? Disposition.TAKEN
                : Disposition.DECLINED;
    }
}
