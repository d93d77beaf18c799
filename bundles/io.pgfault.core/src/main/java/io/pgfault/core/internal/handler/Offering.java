// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;

/**
 * Offers a group to the handlers of its domain, one after the other by ranking, until one takes it (rule C08). Each
 * step looks at the handlers that are there then, below the handler that declined last.
 */
public final class Offering {
    private Offering() {}

    /**
     * Offers a group on the event thread: to inline handlers; a group whose next handler isn't inline goes to the
     * workers.
     */
    public static Report onEventThread(OfferedGroup group) {
        return offer(group, true);
    }

    /**
     * Offers a group that was made for the first handler of the chain, see {@link #onEventThread}.
     *
     * @param view the view that the handler has already
     */
    public static Report onEventThread(OfferedGroup group, BoundHandler first, FaultGroup view) {
        return declined(group, first, view) ? offer(group, true) : Report.CLOSED;
    }

    /** Offers a group on one of the workers. */
    public static void onWorker(OfferedGroup group) {
        offer(group, false);
    }

    private static Report offer(OfferedGroup group, boolean inlineOnly) {
        HandlerChain handlers = group.handlers();
        while (!group.isAnswered()) {
            BoundHandler handler = handlers.below(group.declinedBy());
            if (handler == null) {
                HandlerChain.Parking parking = handlers.park(group);
                if (parking == HandlerChain.Parking.SERVED) {
                    continue;
                }
                if (parking == HandlerChain.Parking.PARKED) {
                    return Report.PARKED;
                }
                return group.declinedBy() == null ? Report.NO_HANDLER : Report.CLOSED;
            }
            if (inlineOnly && !handler.inline()) {
                return group.enqueue() ? Report.CLOSED : Report.WORK_LIMIT;
            }
            FaultGroup view = group.offerTo(handler);
            if (view == null || !declined(group, handler, view)) {
                break;
            }
        }
        return Report.CLOSED;
    }

    /** Asks one handler; true if the group is to be offered to the next one. */
    private static boolean declined(OfferedGroup group, BoundHandler handler, FaultGroup view) {
        if (handler.hasLeft()) {
            // The handler left after it was looked up. The thread that recalls its groups may have looked for them
            // before this one was offered.
            return group.takeBack(view);
        }
        Disposition disposition;
        try {
            disposition = handler.handle(view);
            if (disposition == null) {
                throw new NullPointerException("a handler returned null instead of a disposition");
            }
        } catch (Throwable e) {
            failed(group, handler, view, e);
            return false;
        }
        if (disposition == Disposition.TAKEN || group.isAnswered() || !group.takeBack(view)) {
            return false;
        }
        group.declinedBy(handler);
        group.count(Counter.DECLINED);
        return true;
    }

    /**
     * A handler that throws while the group is its own costs the group FAILURE (rule C08), also within its grace time
     * (rule R03). What a handler throws after it has lost the group is logged only (rule R08).
     */
    private static void failed(OfferedGroup group, BoundHandler handler, FaultGroup view, Throwable e) {
        if (group.answerFor(view, ResponseCode.FAILURE)) {
            group.warn(handler + " failed, answered FAILURE", e);
        } else {
            group.warn(handler + " failed after it had answered or lost the group", e);
        }
    }
}
