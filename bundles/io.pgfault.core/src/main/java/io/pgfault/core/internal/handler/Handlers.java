// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.watch.WatchedHandler;
import io.pgfault.core.internal.count.Answerers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/**
 * The handler services by kind of domain, and the services that left with groups in their hands (rules R01 to R04). One
 * plain lock, the monitor, orders services that come and go.
 */
public final class Handlers {
    private final Waits waits;
    private final LongSupplier clock;
    private final Runnable wakeTimer;
    private final Answerers answerers = new Answerers();
    private final Map<String, HandlerChain> chains = new ConcurrentHashMap<>();
    /** The registered services, by service.id. Guarded by the monitor. */
    private final Map<Long, Service> services = new HashMap<>();
    /** The services that left and have their grace time; guarded by the monitor. */
    private final List<Recall> recalls = new ArrayList<>();

    private record Service(BoundHandler bound, Set<String> kinds) {}

    private record Recall(BoundHandler handler, long due) {}

    /**
     * No handlers yet.
     *
     * @param wakeTimer tells the deadline thread that something is due earlier than it knows
     */
    public Handlers(Waits waits, LongSupplier clock, Runnable wakeTimer) {
        this.waits = waits;
        this.clock = clock;
        this.wakeTimer = wakeTimer;
    }

    /** The handlers of a kind of domain; there may be none yet. */
    public HandlerChain chain(String kind) {
        return chains.computeIfAbsent(kind, k -> new HandlerChain(k, waits, clock, wakeTimer));
    }

    /**
     * A handler service has come, or its properties have changed: then it keeps the groups that it took.
     *
     * @param name for people, unique: see {@link WatchedHandler#name}
     * @param kinds the kinds of domain it serves
     */
    public void add(FaultHandler handler, String name, long serviceId, int ranking, boolean inline, Set<String> kinds) {
        List<OfferedGroup> woken = new ArrayList<>();
        synchronized (this) {
            Service before = services.get(serviceId);
            AtomicBoolean left =
                    before == null ? new AtomicBoolean() : before.bound().left();
            HandlerCalls calls =
                    before == null ? new HandlerCalls() : before.bound().calls();
            BoundHandler bound = new BoundHandler(
                    handler, name, serviceId, ranking, inline, left, calls, answerers.place(bundle(name)));
            services.put(serviceId, new Service(bound, Set.copyOf(kinds)));
            kinds.forEach(kind -> woken.addAll(chain(kind).add(bound)));
            if (before != null) {
                before.kinds().stream().filter(kind -> !kinds.contains(kind)).forEach(kind -> chain(kind)
                        .remove(bound));
            }
        }
        woken.stream().filter(OfferedGroup::unpark).forEach(OfferedGroup::enqueue);
    }

    /** The bundle in the name of a handler: what is before the service id. */
    private static String bundle(String name) {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? name : name.substring(0, slash);
    }

    /** The names of the bundles whose handlers have come so far, by their place in the counts of answers. */
    public List<String> answerers() {
        return answerers.names();
    }

    /** A handler service has gone: it gets no more groups, and has the grace time to answer those it took. */
    public synchronized void remove(long serviceId) {
        Service service = services.remove(serviceId);
        if (service != null) {
            service.bound().left().set(true);
            service.kinds().forEach(kind -> chain(kind).remove(service.bound()));
            recalls.add(new Recall(service.bound(), clock.getAsLong() + waits.graceNanos()));
            wakeTimer.run();
        }
    }

    /**
     * What an operator sees of the handlers: by kind, and by the order in which they are asked.
     *
     * @param held how many groups the handler of a name has now
     */
    public List<WatchedHandler> watched(ToIntFunction<String> held) {
        return chains.values().stream()
                .sorted(Comparator.comparing(HandlerChain::kind))
                .flatMap(chain -> chain.watched(held).stream())
                .toList();
    }

    /**
     * Recalls the groups of handlers whose grace time is over, and ends the wait of groups that waited long enough.
     *
     * @param recall takes the groups of a handler back on all devices, and has the workers offer them again
     * @return how long until there is more to do, in nanoseconds
     */
    public long expire(long now, Consumer<BoundHandler> recall) {
        long next = Long.MAX_VALUE;
        List<BoundHandler> due = new ArrayList<>();
        synchronized (this) {
            for (Iterator<Recall> i = recalls.iterator(); i.hasNext(); ) {
                Recall waiting = i.next();
                if (waiting.due() - now <= 0) {
                    i.remove();
                    due.add(waiting.handler());
                } else {
                    next = Math.min(next, waiting.due() - now);
                }
            }
        }
        due.forEach(recall);
        for (HandlerChain chain : chains.values()) {
            next = Math.min(next, chain.expire(now));
        }
        return next;
    }
}
