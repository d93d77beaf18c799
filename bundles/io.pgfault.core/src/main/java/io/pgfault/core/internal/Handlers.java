// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.handler.FaultHandler;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/** The handler services, by kind of domain, and those that left with groups in their hands (rules R01 to R04). */
final class Handlers {
    private final Settings settings;
    private final LongSupplier clock;
    private final Runnable wakeTimer;
    private final Map<String, HandlerChain> chains = new ConcurrentHashMap<>();
    /** By service.id; guarded by this. */
    private final Map<Long, Service> services = new HashMap<>();
    /** Guarded by this. */
    private final List<Recall> recalls = new ArrayList<>();

    private record Service(BoundHandler bound, Set<String> kinds) {}

    private record Recall(BoundHandler handler, long due) {}

    Handlers(Settings settings, LongSupplier clock, Runnable wakeTimer) {
        this.settings = settings;
        this.clock = clock;
        this.wakeTimer = wakeTimer;
    }

    /** The handlers of a kind of domain; there may be none yet. */
    HandlerChain chain(String kind) {
        return chains.computeIfAbsent(kind, k -> new HandlerChain(k, settings, clock, wakeTimer));
    }

    /**
     * A handler service has come, or its properties have changed: then it keeps the groups that it took.
     *
     * @param kinds the kinds of domain it serves
     */
    void add(FaultHandler handler, long serviceId, int ranking, boolean inline, Set<String> kinds) {
        List<IopfGroup> woken = new ArrayList<>();
        synchronized (this) {
            Service before = services.get(serviceId);
            AtomicBoolean left =
                    before == null ? new AtomicBoolean() : before.bound().left();
            BoundHandler bound = new BoundHandler(handler, serviceId, ranking, inline, left);
            services.put(serviceId, new Service(bound, Set.copyOf(kinds)));
            kinds.forEach(kind -> woken.addAll(chain(kind).add(bound)));
            if (before != null) {
                before.kinds().stream().filter(kind -> !kinds.contains(kind)).forEach(kind -> chain(kind)
                        .remove(bound));
            }
        }
        woken.stream().filter(group -> !group.answered()).forEach(IopfGroup::enqueue);
    }

    /** A handler service has gone: it gets no more groups, and has the grace time to answer those it took. */
    synchronized void remove(long serviceId) {
        Service service = services.remove(serviceId);
        if (service != null) {
            service.bound().left().set(true);
            service.kinds().forEach(kind -> chain(kind).remove(service.bound()));
            recalls.add(new Recall(service.bound(), clock.getAsLong() + settings.graceNanos()));
            wakeTimer.run();
        }
    }

    /**
     * Recalls the groups of handlers whose grace time is over, and ends the wait of groups that waited long enough.
     *
     * @return how long until there is more to do, in nanoseconds
     */
    long expire(long now, Collection<FaultParam> devices) {
        long next = Long.MAX_VALUE;
        List<BoundHandler> due = new ArrayList<>();
        synchronized (this) {
            for (Iterator<Recall> i = recalls.iterator(); i.hasNext(); ) {
                Recall recall = i.next();
                if (recall.due() - now <= 0) {
                    i.remove();
                    due.add(recall.handler());
                } else {
                    next = Math.min(next, recall.due() - now);
                }
            }
        }
        due.forEach(handler -> devices.forEach(device -> recall(handler, device)));
        for (HandlerChain chain : chains.values()) {
            next = Math.min(next, chain.expire(now));
        }
        return next;
    }

    private static void recall(BoundHandler handler, FaultParam device) {
        for (IopfGroup group : device.pending().list(g -> !g.answered() && handler.sameService(g.taker()))) {
            BoundHandler taker = group.taker();
            if (handler.sameService(taker) && group.takeBack(taker)) {
                group.recalled();
                group.enqueue();
            }
        }
    }
}
