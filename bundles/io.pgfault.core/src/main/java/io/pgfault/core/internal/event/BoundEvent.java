// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A bound was reached (rule C15). */
@Name("io.pgfault.Bound")
@Label("Bound reached")
@Description("A request or a group went beyond a bound of the core and can only be answered INVALID")
public final class BoundEvent extends FaultEvent {
    /** Answers for the class whether a recording wants the event, so that no object is made to ask. */
    private static final BoundEvent PROBE = new BoundEvent();

    @Label("Bound")
    @Description("What the core said of the report, or LIMITED for a bound of the workers or of parked groups")
    String bound;

    private BoundEvent() {}

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return PROBE.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, String bound) {
        BoundEvent event = new BoundEvent();
        event.of(device, pasid, groupId);
        event.bound = bound;
        event.commit();
    }
}
