// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;

/** What the events of one group or request have in common. The thread that makes an event commits it. */
@Category("I/O page faults")
@StackTrace(false)
abstract class FaultEvent extends Event {
    @Label("Unit")
    String iommu;

    @Label("Device")
    String dev;

    @Label("PASID")
    @Description("-1 for none")
    int pasid;

    @Label("Group")
    @Description("Page request group index, or stall tag")
    int grpid;

    /** Fills the common fields in. */
    final void of(Device device, int ofPasid, int groupId) {
        iommu = device.unit();
        dev = device.name();
        pasid = ofPasid;
        grpid = groupId;
    }
}
