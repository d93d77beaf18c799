// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.handler.FaultGroup;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A handler was asked (rule C08): the event's duration is the time within the handler. */
@Name("io.pgfault.Handler")
@Label("Handler asked")
@Description("A handler was offered a group; the duration is the time within the handler")
public final class HandlerEvent extends FaultEvent {
    /** Answers for the class whether a recording wants the event, so that no object is made to ask. */
    private static final HandlerEvent PROBE = new HandlerEvent();

    @Label("Handler")
    String handler;

    @Label("Disposition")
    @Description("TAKEN, DECLINED, or FAILED for a handler that threw")
    String disposition;

    private HandlerEvent() {}

    /** Begins an event, before a handler is called; {@code null} if no recording wants it. */
    public static HandlerEvent started() {
        if (!PROBE.isEnabled()) {
            return null;
        }
        HandlerEvent event = new HandlerEvent();
        event.begin();
        return event;
    }

    /** Commits the event, after the handler has returned. */
    public void ended(FaultGroup group, String name, String what) {
        end();
        of(group.device(), group.pasid(), group.id());
        handler = name;
        disposition = what;
        commit();
    }
}
