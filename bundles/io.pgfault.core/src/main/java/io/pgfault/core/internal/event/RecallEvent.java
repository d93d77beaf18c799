// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A group was recalled (rule R03). */
@Name("io.pgfault.Recall")
@Label("Group recalled")
@Description("A group was taken back from a handler that left")
public final class RecallEvent extends FaultEvent {
    /** Answers for the class whether a recording wants the event, so that no object is made to ask. */
    private static final RecallEvent PROBE = new RecallEvent();

    @Label("Handler")
    String handler;

    private RecallEvent() {}

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return PROBE.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, String handler) {
        RecallEvent event = new RecallEvent();
        event.of(device, pasid, groupId);
        event.handler = handler;
        event.commit();
    }
}
