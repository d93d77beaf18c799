// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A unit's hardware queue overflowed, so the unit's partial requests are discarded (rule C14). */
@Name("io.pgfault.Overflow")
@Label("Queue overflow")
@Description("The queue of a unit overflowed, and the core discarded the partial requests of its devices")
@Category("I/O page faults")
@StackTrace(false)
public final class OverflowEvent extends Event {
    @Label("Unit")
    String iommu;

    private OverflowEvent() {}

    /** Commits an event, if a recording wants it. */
    public static void of(String unit) {
        OverflowEvent event = new OverflowEvent();
        if (event.isEnabled()) {
            event.iommu = unit;
            event.commit();
        }
    }
}
