// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A group closed (rule C04). */
@Name("io.pgfault.Group")
@Label("Group closed")
@Description("The last request of a group was reported")
public final class GroupEvent extends FaultEvent {
    /** Answers for the class whether a recording wants the event, so that no object is made to ask. */
    private static final GroupEvent PROBE = new GroupEvent();

    @Label("Requests")
    int requests;

    private GroupEvent() {}

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return PROBE.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, int requests) {
        GroupEvent event = new GroupEvent();
        event.of(device, pasid, groupId);
        event.requests = requests;
        event.commit();
    }
}
