// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.watch.WatchedHandler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/**
 * The handlers of one kind of domain by ranking, and the groups that wait for one (rules R02, R04). Threads that offer
 * groups read one array, which is never changed but replaced. One plain lock, the monitor, orders changes of the
 * handlers and parking, so no group parks after a handler has come.
 */
public final class HandlerChain {
    private static final BoundHandler[] NONE = {};

    /** The outcome of parking a group that had no handler. */
    public enum Parking {
        /** The group waits for a handler. */
        PARKED,
        /** A handler is there now. */
        SERVED,
        /** The group was answered INVALID. */
        ANSWERED
    }

    private final String kind;
    private final Waits waits;
    private final LongSupplier clock;
    private final Runnable wakeTimer;
    /**
     * Parked group to the time at which it is answered INVALID. Insertion order is expiry order, because every group
     * waits equally long. Guarded by the monitor.
     */
    private final Map<OfferedGroup, Long> parked = new LinkedHashMap<>();

    /** The handlers, the highest ranking first. Written under the monitor, read by any thread. */
    private volatile BoundHandler[] handlers = NONE;
    /**
     * Whether there is or was a handler, so that groups may wait for the next. Written under the monitor, never reset.
     */
    private volatile boolean served;

    HandlerChain(String kind, Waits waits, LongSupplier clock, Runnable wakeTimer) {
        this.kind = kind;
        this.waits = waits;
        this.clock = clock;
        this.wakeTimer = wakeTimer;
    }

    /** The kind of domain. */
    public String kind() {
        return kind;
    }

    /** Whether groups of this kind are handled, or wait for a handler that was there. */
    public boolean served() {
        return served;
    }

    /** The first handler that ranks below {@code declinedBy}, the first of all if that is {@code null}. */
    public BoundHandler below(BoundHandler declinedBy) {
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
    synchronized List<OfferedGroup> add(BoundHandler handler) {
        List<BoundHandler> list = new ArrayList<>(Arrays.asList(handlers));
        list.removeIf(handler::sameService);
        list.add(handler);
        list.sort(BoundHandler.BY_RANKING);
        handlers = list.toArray(NONE);
        served = true;
        List<OfferedGroup> woken = new ArrayList<>();
        for (Iterator<OfferedGroup> i = parked.keySet().iterator(); i.hasNext(); ) {
            OfferedGroup group = i.next();
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

    /** What an operator sees of the handlers, in the order in which they are asked. */
    List<WatchedHandler> watched(ToIntFunction<String> held) {
        return Arrays.stream(handlers)
                .map(handler -> handler.watched(kind, held.applyAsInt(handler.name())))
                .toList();
    }

    /** Has a group wait for a handler, or answers it INVALID if it may not wait or too many do. */
    Parking park(OfferedGroup group) {
        boolean full;
        synchronized (this) {
            if (below(group.declinedBy()) != null) {
                return Parking.SERVED;
            }
            full = parked.size() >= waits.parkedGroups();
            if (served && group.mayWait() && !full) {
                // The groups that wait already are due earlier, so the timer knows when to look.
                boolean first = parked.isEmpty();
                parked.put(group, clock.getAsLong() + waits.parkNanos());
                if (!group.park()) {
                    parked.remove(group);
                    return Parking.ANSWERED;
                }
                group.count(Counter.PARKED);
                if (first) {
                    wakeTimer.run();
                }
                return Parking.PARKED;
            }
        }
        boolean limited = full && group.mayWait();
        if (group.answer(ResponseCode.INVALID, limited ? Counter.LIMITED : null) && limited) {
            group.warn("too many groups wait for a handler of kind " + kind + ", answered INVALID", null);
        }
        return Parking.ANSWERED;
    }

    /** A parked group is being answered: its place is free. The thread that answers calls this method. */
    public synchronized void leave(OfferedGroup group) {
        parked.remove(group);
    }

    /**
     * Answers the groups that have waited long enough INVALID.
     *
     * @return how long until the next one has, in nanoseconds; {@code Long.MAX_VALUE} if none waits
     */
    long expire(long now) {
        List<OfferedGroup> due = new ArrayList<>();
        long next = Long.MAX_VALUE;
        synchronized (this) {
            Iterator<Map.Entry<OfferedGroup, Long>> i = parked.entrySet().iterator();
            while (next == Long.MAX_VALUE && i.hasNext()) {
                Map.Entry<OfferedGroup, Long> entry = i.next();
                long left = entry.getValue() - now;
                if (left <= 0) {
                    due.add(entry.getKey());
                    i.remove();
                } else {
                    next = left;
                }
            }
        }
        due.forEach(group -> group.answer(ResponseCode.INVALID, null));
        return next;
    }
}
