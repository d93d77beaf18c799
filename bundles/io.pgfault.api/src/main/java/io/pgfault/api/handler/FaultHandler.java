// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.handler;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Resolves page request groups (kernel: {@code domain->iopf_handler}). An OSGi service. The core chooses a handler by
 * the kind of domain that the handler serves and by {@code service.ranking}, while faults flow (rules R01, R02).
 */
@ConsumerType
public interface FaultHandler {
    /** Service property, {@code String} or {@code String[]}: the kinds of domain that the handler serves; required. */
    String DOMAIN_KIND = "io.pgfault.domain.kind";

    /**
     * Service property, {@code Boolean}, default false: the core calls {@link #handle} on the unit's event thread. Such
     * a handler returns within microseconds and never blocks, because the event thread reads no request meanwhile.
     */
    String INLINE = "io.pgfault.handler.inline";

    /**
     * Takes a group or passes it on.
     *
     * <p>The core calls this method on one of the fault queue's workers, or on the event thread for an {@link #INLINE}
     * handler. Calls for different groups overlap; calls for one group don't. A handler that isn't inline may block
     * within the group's deadline.
     *
     * <p>A handler that returns {@link Disposition#TAKEN} owes the group one {@link FaultGroup#respond}, before or
     * after it returns, on any thread. At the deadline the core answers the group INVALID (rule C11). When the
     * handler's service is unregistered, the handler has a grace time to answer the groups that it took; the core gives
     * the rest to the next handler (rule R03).
     *
     * @param group the closed group; the group is pending already, so another thread may respond at once
     * @return whether this handler takes the group; after {@link Disposition#DECLINED} the core asks the next handler
     * @throws Exception of any type: the core answers the group FAILURE and logs the exception with the group (rule
     *     C08)
     */
    Disposition handle(FaultGroup group) throws Exception;
}
