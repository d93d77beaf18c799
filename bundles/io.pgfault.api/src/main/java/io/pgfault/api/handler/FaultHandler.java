// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.handler;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Resolves page request groups (kernel: {@code domain->iopf_handler}). An OSGi service: the core finds it by the kind of
 * domain it serves and by {@code service.ranking}, while faults flow (rules R01, R02).
 */
@ConsumerType
public interface FaultHandler {
    /** Service property, {@code String} or {@code String[]}: the kinds of domain served. A handler without it gets nothing. */
    String DOMAIN_KIND = "io.pgfault.domain.kind";

    /**
     * Service property, {@code Boolean}, default false: {@link #handle} runs on the unit's event thread. Such a handler
     * must return in microseconds and never block: while it runs, nobody reads the unit's queue.
     */
    String INLINE = "io.pgfault.handler.inline";

    /**
     * Takes a group or passes it on.
     *
     * <p>Called on one of the fault queue's workers, or on the event thread for an {@link #INLINE} handler; concurrently
     * for different groups, never twice at a time for one group. May block within the group's deadline unless inline.
     *
     * <p>A handler that returns {@link Disposition#TAKEN} owes the group one {@link FaultGroup#respond}, before it
     * returns or later, on any thread. If it has not answered at the deadline, the group is answered INVALID (rule C11).
     * When its service is unregistered it has a grace time to answer what it took; what is left goes to the next handler
     * (rule R03).
     *
     * @param group the closed group; pending already, so an answer from another thread may come at once
     * @return whether this handler takes the group; for {@link Disposition#DECLINED} the next handler by ranking is asked
     * @throws Exception anything: the group is answered FAILURE, and the exception is logged with it (rule C08)
     */
    Disposition handle(FaultGroup group) throws Exception;
}
