// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import jdk.jfr.Event;

/** A response is at the driver (rule C09; kernel: {@code iopf_group_response}). */
public final class ResponseEvent {
    private ResponseEvent() {}

    /** Made at the first event that a recorder could want. */
    private static final class Kind {
        static final RecorderEvent EVENT = RecorderEvent.ofGroup(
                "Response",
                "Response",
                "The response is at the driver; latency from the close of the group, 0 if the driver refused it",
                RecorderEvent.text("code", "Code"),
                RecorderEvent.nanos("latency", "Latency"));
    }

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return RecorderEvent.recorderRuns() && Kind.EVENT.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, ResponseCode code, long latencyNanos) {
        Event event = Kind.EVENT.event();
        int next = RecorderEvent.of(event, device, pasid, groupId);
        event.set(next, code.name());
        event.set(next + 1, latencyNanos);
        event.commit();
    }
}
