// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Event;

/** A group was answered at its deadline (rule C11). */
public final class DeadlineEvent {
    private DeadlineEvent() {}

    /** Made at the first event that a recorder could want. */
    private static final class Kind {
        static final RecorderEvent EVENT = RecorderEvent.ofGroup(
                "Deadline", "Deadline missed", "A group was answered INVALID because no handler answered in time");
    }

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return RecorderEvent.recorderRuns() && Kind.EVENT.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId) {
        Event event = Kind.EVENT.event();
        RecorderEvent.of(event, device, pasid, groupId);
        event.commit();
    }
}
