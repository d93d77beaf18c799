// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.handler.FaultGroup;
import jdk.jfr.Event;

/** A handler was asked (rule C08): the event's duration is the time within the handler. One thread. */
public final class HandlerEvent {
    private final Event event;

    private HandlerEvent(Event event) {
        this.event = event;
    }

    /** Made at the first event that a recorder could want. */
    private static final class Kind {
        static final RecorderEvent EVENT = RecorderEvent.ofGroup(
                "Handler",
                "Handler asked",
                "A handler was offered a group; disposition TAKEN, DECLINED, or FAILED for one that threw",
                RecorderEvent.text("handler", "Handler"),
                RecorderEvent.text("disposition", "Disposition"));
    }

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return RecorderEvent.recorderRuns() && Kind.EVENT.isEnabled();
    }

    /** Begins an event, before a handler is called; {@code null} if no recording wants it. */
    public static HandlerEvent started() {
        if (!isOn()) {
            return null;
        }
        Event event = Kind.EVENT.event();
        event.begin();
        return new HandlerEvent(event);
    }

    /** Commits the event, after the handler has returned. */
    public void ended(FaultGroup group, String name, String what) {
        event.end();
        int next = RecorderEvent.of(event, group.device(), group.pasid(), group.id());
        event.set(next, name);
        event.set(next + 1, what);
        event.commit();
    }
}
