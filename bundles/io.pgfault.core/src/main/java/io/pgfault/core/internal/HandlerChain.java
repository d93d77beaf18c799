// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The handlers of one kind of domain by ranking, and the groups that wait for one (rules R02, R04). Looking up reads one
 * array that is never changed; changing the handlers and parking exclude each other, so that no group is parked when a
 * handler has just come.
 */
final class HandlerChain {
    private static final BoundHandler[] NONE = {};

    /** What became of a group without a handler. */
    enum Parking {
        /** It waits for one. */
        PARKED,
        /** It doesn't have to: there is one now. */
        SERVED,
        /** It was answered INVALID. */
        ANSWERED
    }

    private final String kind;
    private final Settings settings;
    private final LongSupplier clock;
    private final Runnable wakeTimer;
    /** When each group's wait ends, in the order in which they began to wait, which is that of their ends. */
    private final Map<IopfGroup, Long> parked = new LinkedHashMap<>();

    private volatile BoundHandler[] handlers = NONE;
    /** There is or was a handler: groups may wait for the next one. */
    private volatile boolean served;

    HandlerChain(String kind, Settings settings, LongSupplier clock, Runnable wakeTimer) {
        this.kind = kind;
        this.settings = settings;
        this.clock = clock;
        this.wakeTimer = wakeTimer;
    }

    String kind() {
        return kind;
    }

    /** Whether groups of this kind are handled, or wait for a handler that was there. */
    boolean served() {
        return served;
    }

    /** The first handler that ranks below {@code declinedBy}, the first of all if that is {@code null}. */
    BoundHandler below(BoundHandler declinedBy) {
        BoundHandler[] now = handlers;
        if (declinedBy == null) {
            return now.length == 0 ? null : now[0];
        }
        for (BoundHandler handler : now) {
            if (handler.ranksBelow(declinedBy)) {
                return handler;
            }
        }
        return null;
    }

    /**
     * Adds a handler, in place of another binding of the same service.
     *
     * @return the groups that waited for one, for the caller to offer
     */
    synchronized List<IopfGroup> add(BoundHandler handler) {
        List<BoundHandler> list = new ArrayList<>(Arrays.asList(handlers));
        list.removeIf(handler::sameService);
        list.add(handler);
        list.sort(BoundHandler.BY_RANKING);
        handlers = list.toArray(NONE);
        served = true;
        List<IopfGroup> woken = new ArrayList<>();
        for (Iterator<IopfGroup> i = parked.keySet().iterator(); i.hasNext(); ) {
            IopfGroup group = i.next();
            if (below(group.declinedBy()) != null) {
                i.remove();
                woken.add(group);
            }
        }
        return woken;
    }

    synchronized void remove(BoundHandler handler) {
        handlers = Arrays.stream(handlers).filter(h -> !h.sameService(handler)).toArray(BoundHandler[]::new);
    }

    /** Has a group wait for a handler, or answers it INVALID if it may not wait or too many do. */
    Parking park(IopfGroup group) {
        boolean full;
        synchronized (this) {
            if (below(group.declinedBy()) != null) {
                return Parking.SERVED;
            }
            full = parked.size() >= settings.parkedGroups();
            if (served && group.mayWait() && !full) {
                // Those that wait already are due earlier, so the timer knows when to look.
                boolean first = parked.isEmpty();
                parked.put(group, clock.getAsLong() + settings.parkNanos());
                group.parked();
                if (group.answered()) {
                    // Who answered it may have looked before it was parked.
                    parked.remove(group);
                    return Parking.ANSWERED;
                }
                group.param().counters().increment(Counter.PARKED);
                if (first) {
                    wakeTimer.run();
                }
                return Parking.PARKED;
            }
        }
        boolean limited = full && group.mayWait();
        if (group.answer(ResponseCode.INVALID, limited ? Counter.LIMITED : null) && limited) {
            group.param()
                    .warn("too many groups wait for a handler of kind " + kind + ", answered INVALID", group, null);
        }
        return Parking.ANSWERED;
    }

    /** A group that may be waiting is being answered: its place is free. */
    synchronized void unpark(IopfGroup group) {
        parked.remove(group);
    }

    /**
     * Answers the groups that have waited long enough INVALID.
     *
     * @return how long until the next one has, in nanoseconds; {@code Long.MAX_VALUE} if none waits
     */
    long expire(long now) {
        List<IopfGroup> due = new ArrayList<>();
        long next = Long.MAX_VALUE;
        synchronized (this) {
            Iterator<Map.Entry<IopfGroup, Long>> i = parked.entrySet().iterator();
            while (next == Long.MAX_VALUE && i.hasNext()) {
                Map.Entry<IopfGroup, Long> entry = i.next();
                long left = entry.getValue() - now;
                if (left <= 0) {
                    due.add(entry.getKey());
                    i.remove();
                } else {
                    next = left;
                }
            }
        }
        due.forEach(group -> group.answer(ResponseCode.INVALID));
        return next;
    }
}
