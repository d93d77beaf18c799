// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Event;

/** A group closed (rule C04). */
public final class GroupEvent {
    private GroupEvent() {}

    /** Made at the first event that a recorder could want. */
    private static final class Kind {
        static final RecorderEvent EVENT = RecorderEvent.ofGroup(
                "Group",
                "Group closed",
                "The last request of a group was reported",
                RecorderEvent.number("requests", "Requests"),
                RecorderEvent.text("domain", "Domain"));
    }

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return RecorderEvent.recorderRuns() && Kind.EVENT.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, int requests, String domain) {
        Event event = Kind.EVENT.event();
        int next = RecorderEvent.of(event, device, pasid, groupId);
        event.set(next, requests);
        event.set(next + 1, domain);
        event.commit();
    }
}
