// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import jdk.jfr.Event;

/** A unit's hardware queue overflowed, so the unit's partial requests are discarded (rule C14). */
public final class OverflowEvent {
    private OverflowEvent() {}

    /** Made at the first event that a recorder could want. */
    private static final class Kind {
        static final RecorderEvent EVENT = RecorderEvent.ofUnit(
                "Overflow",
                "Queue overflow",
                "A unit's queue overflowed; partial requests of its devices are discarded");
    }

    /** Commits an event, if a recording wants it. */
    public static void of(String unit) {
        if (RecorderEvent.recorderRuns() && Kind.EVENT.isEnabled()) {
            Event event = Kind.EVENT.event();
            event.set(0, unit);
            event.commit();
        }
    }
}
