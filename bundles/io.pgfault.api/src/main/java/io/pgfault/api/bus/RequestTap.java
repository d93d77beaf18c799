// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/** A plug-in that is shown what a unit's hardware reports: page requests, stalled transactions and other events. */
@FunctionalInterface
@ConsumerType
public interface RequestTap {
    /**
     * Shows a record that the hardware writes to a queue of the unit, valid or not, before software sees the record. A
     * record that finds no room is not shown.
     *
     * <p>The unit calls this method in the order of the queue, one call at a time for each queue, on the thread of the
     * device, and a model holds its queue's lock meanwhile. So the tap copies what it needs and returns: it waits for
     * nothing, and calls neither the unit nor a device. What it throws is logged (rule C21).
     *
     * @param format the queue, by the name that {@link Unit#ring} takes for it ({@code prq}, {@code evtq}, {@code
     *     priq}); {@code iommufd} for the fault queue of a kernel
     * @param record the raw record, position to limit, little-endian; valid during the call only
     */
    void written(String format, ByteBuffer record);
}
