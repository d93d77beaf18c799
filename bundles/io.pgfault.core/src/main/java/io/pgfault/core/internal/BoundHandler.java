// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.handler.FaultHandler;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A handler service as it is ranked now: higher {@code service.ranking} first, ties by lower {@code service.id}. Identity
 * is the object: with other properties a service is bound again.
 */
final class BoundHandler {
    /** The order in which handlers are asked. */
    static final Comparator<BoundHandler> BY_RANKING =
            Comparator.comparingInt((BoundHandler h) -> h.ranking).reversed().thenComparingLong(h -> h.serviceId);

    /** Stands for the handler that a parked group waits for. */
    static final BoundHandler AWAITED = new BoundHandler(null, 0, 0, false, new AtomicBoolean());

    private final FaultHandler handler;
    private final long serviceId;
    private final int ranking;
    private final boolean inline;
    /** One for each registration, so it also says whether two bindings are of the same service. */
    private final AtomicBoolean left;

    BoundHandler(FaultHandler handler, long serviceId, int ranking, boolean inline, AtomicBoolean left) {
        this.handler = handler;
        this.serviceId = serviceId;
        this.ranking = ranking;
        this.inline = inline;
        this.left = left;
    }

    FaultHandler handler() {
        return handler;
    }

    boolean inline() {
        return inline;
    }

    /** Set when the service is unregistered. */
    AtomicBoolean left() {
        return left;
    }

    boolean ranksBelow(BoundHandler other) {
        return BY_RANKING.compare(this, other) > 0;
    }

    boolean sameService(BoundHandler other) {
        return other != null && left == other.left;
    }

    /** For people. The handler's own {@code toString} is not called: this is used where it has just failed. */
    @Override
    public String toString() {
        return "handler " + handler.getClass().getName() + " (service.id " + serviceId + ", ranking " + ranking + ")";
    }
}
