// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import io.pgfault.api.driver.FaultQueue;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The device side of one IOMMU unit. A driver bundle registers this service with the same properties as its {@code
 * IommuDriver}. Any thread may call any method.
 */
@ConsumerType
public interface Unit {
    /** The unit's name, for example {@code dmar0}. */
    String name();

    /** The kind of unit, for example {@code vtd}. */
    String kind();

    /**
     * Connects a device. Before the call returns, the driver has probed the device and added it to the unit's fault
     * queue.
     *
     * @param name the device's name
     * @param id its requester id or StreamID
     * @param downstream receives what the unit sends to that id
     * @throws IllegalStateException if the id is taken or the unit is going
     * @throws IllegalArgumentException if the id doesn't fit the unit
     */
    Upstream connect(String name, int id, Downstream downstream);

    /** The unit's fault queue in the core, with its counters and latency. */
    FaultQueue queue();

    /** The hardware queue for records of a format ({@code prq}, {@code evtq}, {@code priq}), if this unit has one. */
    Optional<RecordRing> ring(String format);

    /**
     * Shows {@code tap} the response records (page group responses and resumes) that the hardware consumes, from now on
     * until the result is closed.
     */
    AutoCloseable tap(ResponseTap tap);

    /**
     * Shows {@code tap} the records that the hardware writes to the unit's queues, from now on until the result is
     * closed. Without a tap a unit spends one volatile read on each record.
     *
     * @return empty if this unit doesn't show its requests, as this method does unless a unit implements it
     */
    default Optional<AutoCloseable> tapRequests(RequestTap tap) {
        return Optional.empty();
    }

    /**
     * Returns when every record that was in the unit's queues has been processed, every group of its devices answered,
     * and every response consumed by the hardware. The deadline of groups bounds the wait.
     */
    void drain() throws InterruptedException;
}
