// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A request was reported (rule C03; kernel: {@code iommu_report_device_fault}). */
@Name("io.pgfault.Request")
@Label("Page request")
@Description("A driver reported a page request to the core")
public final class RequestEvent extends FaultEvent {
    /** Answers for the class whether a recording wants the event, so that no object is made to ask. */
    private static final RequestEvent PROBE = new RequestEvent();

    @Label("Address")
    long addr;

    @Label("Permissions")
    @Description("Bits of the access: read 1, write 2, execute 4, privileged 8")
    int perm;

    @Label("Flags")
    @Description("PASID valid 1, last page 2, response needs PASID 4")
    int flags;

    private RequestEvent() {}

    /** Whether a recording wants the event. */
    public static boolean isOn() {
        return PROBE.isEnabled();
    }

    /** Commits an event. */
    public static void commit(Device device, int pasid, int groupId, long address, int permissions, int flags) {
        RequestEvent event = new RequestEvent();
        event.of(device, pasid, groupId);
        event.addr = address;
        event.perm = permissions;
        event.flags = flags;
        event.commit();
    }
}
