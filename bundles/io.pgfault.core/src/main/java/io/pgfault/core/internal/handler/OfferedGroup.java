// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;

/**
 * A pending group, as the handler side sees it. One thread at a time offers a group: the event thread that closed it, a
 * worker, or the thread that took it back from a handler. Any other thread may answer the group at any time.
 */
public interface OfferedGroup {
    /** The handlers of the group's domain. */
    HandlerChain handlers();

    /** Whether the group has been answered. */
    boolean isAnswered();

    /** Answers the group unless it has been answered, and counts {@code why}, if that is not {@code null}, before. */
    boolean answer(ResponseCode code, Counter why);

    /** Answers the group if it is still with the handler that has this view; a refusal is not counted. */
    boolean answerFor(FaultGroup view, ResponseCode code);

    /**
     * Gives the group to a handler.
     *
     * @return the view of the group that is this handler's, for one offer; {@code null} if the group has been answered
     */
    FaultGroup offerTo(BoundHandler handler);

    /**
     * Takes the group back from the handler that has this view. From then on nothing that the handler does with the
     * view has an effect (rule R08).
     *
     * @return true for the one caller that may offer the group to another handler; false if the group has been answered
     *     or another thread took it back
     */
    boolean takeBack(FaultGroup view);

    /** Notes that a handler declined. The thread that offers the group calls this method after {@link #takeBack}. */
    void declinedBy(BoundHandler handler);

    /** The last handler that declined; {@code null} if none did. */
    BoundHandler declinedBy();

    /** Whether the group may wait for a handler to come instead of being answered INVALID. */
    boolean mayWait();

    /** The group waits for a handler from now on; false if it has been answered. */
    boolean park();

    /** The group waits no longer; false if it has been answered. */
    boolean unpark();

    /** Has the workers offer the group; false if they have no room, and the group was answered INVALID. */
    boolean enqueue();

    /** Counts for the group's device. */
    void count(Counter counter);

    /** Logs what happened to the group, at a limited rate. */
    void warn(String what, Throwable cause);
}
