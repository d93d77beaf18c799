// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Event;

/** A request was reported (rule C03; kernel: {@code iommu_report_device_fault}). */
public final class RequestEvent {
    private RequestEvent() {}

    /** Made at the first event that a recorder could want. */
    private static final class Kind {
        static final RecorderEvent EVENT = RecorderEvent.ofGroup(
                "Request",
                "Page request",
                "A driver reported a request; perm: read 1, write 2, execute 4, privileged 8; flags: PASID 1, last 2",
                RecorderEvent.address("addr", "Address"),
                RecorderEvent.number("perm", "Permissions"),
                RecorderEvent.number("flags", "Flags"));
    }

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return RecorderEvent.recorderRuns() && Kind.EVENT.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, long address, int permissions, int flags) {
        Event event = Kind.EVENT.event();
        int next = RecorderEvent.of(event, device, pasid, groupId);
        event.set(next, address);
        event.set(next + 1, permissions);
        event.set(next + 2, flags);
        event.commit();
    }
}
