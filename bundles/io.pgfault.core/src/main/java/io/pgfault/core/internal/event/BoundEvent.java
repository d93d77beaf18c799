// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Event;

/** A bound was reached (rule C15). */
public final class BoundEvent {
    private BoundEvent() {}

    /** Made at the first event that a recorder could want. */
    private static final class Kind {
        static final RecorderEvent EVENT = RecorderEvent.ofGroup(
                "Bound",
                "Bound reached",
                "A request or a group went beyond a bound of the core and can only be answered INVALID",
                RecorderEvent.text("bound", "Bound"));
    }

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return RecorderEvent.recorderRuns() && Kind.EVENT.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, String bound) {
        Event event = Kind.EVENT.event();
        int next = RecorderEvent.of(event, device, pasid, groupId);
        event.set(next, bound);
        event.commit();
    }
}
