// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Event;

/** A group was recalled (rule R03). */
public final class RecallEvent {
    private RecallEvent() {}

    /** Made at the first event that a recorder could want. */
    private static final class Kind {
        static final RecorderEvent EVENT = RecorderEvent.ofGroup(
                "Recall",
                "Group recalled",
                "A group was taken back from a handler that left",
                RecorderEvent.text("handler", "Handler"));
    }

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return RecorderEvent.recorderRuns() && Kind.EVENT.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, String handler) {
        Event event = Kind.EVENT.event();
        int next = RecorderEvent.of(event, device, pasid, groupId);
        event.set(next, handler);
        event.commit();
    }
}
