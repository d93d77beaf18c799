// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.watch.PendingGroup;

/**
 * In whose hands a closed group is. One field of the group says it, and every change is one compare-and-set of that
 * field, so exactly one thread answers (rule C09) and exactly the handler that has the group decides (rule R08).
 *
 * <pre>
 *                offer                    takeBack: declined, recalled
 *   WAITING ---------------&gt; a view -------------------------------------&gt; WAITING
 *    |   ^                     |
 *    |   | unpark              | respond of this view, or the core's answer
 *    v   |                     v
 *   PARKED ----------------&gt; the thread that answers ---------------------&gt; DELIVERED
 *              answer                                response is at the driver
 * </pre>
 *
 * A view is what one handler sees of the group: the group object itself for the first offer, a {@link LaterOffer} for
 * each later one. No view comes back after it was taken, so a compare-and-set can't mistake one offer for another. A
 * group that a report or a reject answers at once begins in the hands of the reporting thread.
 */
enum Ownership {
    /** No handler has the group: it waits for a worker, or is about to be offered. */
    WAITING,
    /** The group waits for a handler to come. */
    PARKED,
    /** The response is at the driver. */
    DELIVERED;

    /** Whether the group with this owner has been answered. */
    static boolean isAnswered(Object owner) {
        return owner == DELIVERED || owner instanceof Thread;
    }

    /** The state of a group with this owner, as an operator reads the state. */
    static PendingGroup.State state(Object owner) {
        if (owner == WAITING) {
            return PendingGroup.State.WAITING;
        }
        if (owner == PARKED) {
            return PendingGroup.State.PARKED;
        }
        return isView(owner) ? PendingGroup.State.HANDLER : PendingGroup.State.ANSWERING;
    }

    /** Whether this owner is a view. */
    static boolean isView(Object owner) {
        return owner instanceof FaultGroup;
    }
}
