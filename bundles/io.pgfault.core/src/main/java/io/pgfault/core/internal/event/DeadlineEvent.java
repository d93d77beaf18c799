// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A group was answered at its deadline (rule C11). */
@Name("io.pgfault.Deadline")
@Label("Deadline missed")
@Description("A group was answered INVALID because no handler answered in time")
public final class DeadlineEvent extends FaultEvent {
    /** Answers for the class whether a recording wants the event, so that no object is made to ask. */
    private static final DeadlineEvent PROBE = new DeadlineEvent();

    private DeadlineEvent() {}

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return PROBE.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId) {
        DeadlineEvent event = new DeadlineEvent();
        event.of(device, pasid, groupId);
        event.commit();
    }
}
