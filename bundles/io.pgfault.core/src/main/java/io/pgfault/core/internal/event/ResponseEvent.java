// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** A response is at the driver (rule C09; kernel: {@code iopf_group_response}). */
@Name("io.pgfault.Response")
@Label("Response")
@Description("A group was answered, and the response is at the driver")
public final class ResponseEvent extends FaultEvent {
    /** Answers for the class whether a recording wants the event, so that no object is made to ask. */
    private static final ResponseEvent PROBE = new ResponseEvent();

    @Label("Code")
    String code;

    @Label("Latency")
    @Description("From the close of the group to its response; 0 for a group that a driver refused")
    @Timespan(Timespan.NANOSECONDS)
    long latency;

    private ResponseEvent() {}

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return PROBE.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, ResponseCode code, long latencyNanos) {
        ResponseEvent event = new ResponseEvent();
        event.of(device, pasid, groupId);
        event.code = code.name();
        event.latency = latencyNanos;
        event.commit();
    }
}
