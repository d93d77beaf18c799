// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;

/**
 * Offers a group to the handlers of its domain, one after the other by ranking, until one takes it (rule C08). Each step
 * looks at the handlers that there are then, below the last one that declined. One thread at a time offers a group: who
 * closed it, a worker, or who took it back from a handler.
 */
final class Offer {
    private Offer() {}

    /** Offers a group on the event thread: to inline handlers, and to the workers when it is another one's turn. */
    static Report onEventThread(IopfGroup group) {
        return offer(group, true);
    }

    /** Offers a group on one of the workers. */
    static void onWorker(IopfGroup group) {
        offer(group, false);
    }

    private static Report offer(IopfGroup group, boolean inlineOnly) {
        HandlerChain handlers = group.handlers();
        while (!group.answered()) {
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
            if (!declined(group, handler)) {
                break;
            }
        }
        return Report.CLOSED;
    }

    /** Asks one handler; true if the group is to be offered to the next one. */
    private static boolean declined(IopfGroup group, BoundHandler handler) {
        group.offerTo(handler);
        if (handler.left().get()) {
            // It left since it was looked up; who recalls its groups may have looked before it became the taker.
            return group.takeBack(handler);
        }
        Disposition disposition;
        try {
            disposition = handler.handler().handle(group);
            if (disposition == null) {
                throw new NullPointerException("a handler returned null instead of a disposition");
            }
        } catch (Throwable e) {
            failed(group, handler, e);
            return false;
        }
        if (disposition == Disposition.TAKEN || group.answered() || !group.takeBack(handler)) {
            return false;
        }
        group.param().counters().increment(Counter.DECLINED);
        group.declinedBy(handler);
        return true;
    }

    /**
     * A handler that throws costs its group FAILURE (rule C08), as long as the group is its own.
     *
     * <p>So does one that left meanwhile. Leaving gives it a grace time to answer what it holds (rule R03), and C08 says
     * which answer throwing is; only what is left when the grace time is over goes to the next handler. From then on the
     * group is not its own, and throwing changes nothing.
     *
     * @param handler who threw; {@code null} if it had lost the group when it asked for the work that threw
     */
    static void failed(IopfGroup group, BoundHandler handler, Throwable e) {
        if (handler != null && group.taker() == handler && group.answer(ResponseCode.FAILURE)) {
            group.param().warn(handler + " failed, answered FAILURE", group, e);
        } else {
            group.param().warn(handler + " failed after it had answered or lost the group", group, e);
        }
    }
}
