// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.watch.WatchedHandler;
import io.pgfault.core.internal.event.HandlerEvent;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A handler service as it is ranked now: higher {@code service.ranking} first, ties by lower {@code service.id}.
 * Identity is the object: with other properties a service is bound again.
 */
public final class BoundHandler {
    /** The order in which handlers are asked. */
    static final Comparator<BoundHandler> BY_RANKING =
            Comparator.comparingInt((BoundHandler h) -> h.ranking).reversed().thenComparingLong(h -> h.serviceId);

    private final FaultHandler handler;
    private final long serviceId;
    private final int ranking;
    private final boolean inline;
    /**
     * Whether the service was unregistered. One object for each registration, shared by all bindings of that service.
     * The container's threads write it, threads that offer groups read it.
     */
    private final AtomicBoolean left;
    /** For people, see {@link WatchedHandler#name}. */
    private final String name;
    /** One object for each registration, shared by all bindings of that service. */
    private final HandlerCalls calls;
    /** The place of the handler's bundle in the counts of answers. */
    private final int answerer;

    BoundHandler(
            FaultHandler handler,
            String name,
            long serviceId,
            int ranking,
            boolean inline,
            AtomicBoolean left,
            HandlerCalls calls,
            int answerer) {
        this.handler = handler;
        this.serviceId = serviceId;
        this.ranking = ranking;
        this.inline = inline;
        this.left = left;
        this.name = name;
        this.calls = calls;
        this.answerer = answerer;
    }

    /** The service. */
    public FaultHandler handler() {
        return handler;
    }

    /** Whether the event thread may call the service. */
    public boolean inline() {
        return inline;
    }

    /** The name of the handler for messages: its bundle and its service id. */
    public String name() {
        return name;
    }

    /** The place of the handler's bundle in the counts of answers. */
    public int answerer() {
        return answerer;
    }

    /** Asks the handler: counts the call, and records or measures it if that is wanted. */
    Disposition handle(FaultGroup view) throws Exception {
        HandlerCalls.Measure measure = calls.count();
        return measure != HandlerCalls.Measure.NONE || HandlerEvent.isOn()
                ? observed(view, measure)
                : handler.handle(view);
    }

    private Disposition observed(FaultGroup view, HandlerCalls.Measure measure) throws Exception {
        HandlerEvent event = HandlerEvent.started();
        Disposition disposition = null;
        long start = System.nanoTime();
        try {
            disposition = handler.handle(view);
            return disposition;
        } finally {
            if (measure != HandlerCalls.Measure.NONE) {
                calls.measured(measure, System.nanoTime() - start);
            }
            if (event != null) {
                event.ended(view, name, disposition == null ? "FAILED" : disposition.name());
            }
        }
    }

    /** The calls of the service. */
    HandlerCalls calls() {
        return calls;
    }

    /** What an operator sees of the service at a kind of domain. */
    WatchedHandler watched(String kind, int held) {
        return new WatchedHandler(kind, name, serviceId, ranking, inline, calls.calls(), held, calls.nanos());
    }

    /** Whether the service was unregistered. */
    boolean hasLeft() {
        return left.get();
    }

    /** Set when the service is unregistered. Each binding of the service shares the mark. */
    AtomicBoolean left() {
        return left;
    }

    /** Whether the other handler is asked before this one. */
    boolean ranksBelow(BoundHandler other) {
        return BY_RANKING.compare(this, other) > 0;
    }

    /** Whether the other handler, which may be {@code null}, is a binding of the same service. */
    public boolean sameService(BoundHandler other) {
        return other != null && left == other.left;
    }

    /**
     * For people. The handler's own {@code toString} is not called, because a handler is named where it has just
     * failed.
     */
    @Override
    public String toString() {
        return "handler " + handler.getClass().getName() + " (service.id " + serviceId + ", ranking " + ranking + ")";
    }
}
