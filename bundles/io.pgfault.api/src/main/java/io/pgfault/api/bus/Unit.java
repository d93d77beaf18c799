// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import io.pgfault.api.driver.FaultQueue;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The device side of one IOMMU unit. A driver bundle registers it with the same service properties as its {@code
 * IommuDriver}. Any thread.
 */
@ConsumerType
public interface Unit {
    /** The unit's name, for example {@code dmar0}. */
    String name();

    /** The kind of unit, for example {@code vtd}. */
    String kind();

    /**
     * Connects a device: the driver probes it and adds it to its fault queue before this returns.
     *
     * @param name the device's name
     * @param id its requester id or StreamID
     * @param downstream who receives what the unit sends to that id
     * @throws IllegalStateException if the id is taken or the unit is going
     * @throws IllegalArgumentException if the id doesn't fit the unit
     */
    Upstream connect(String name, int id, Downstream downstream);

    /** The unit's fault queue in the core: its counters and latency. */
    FaultQueue queue();

    /** The hardware queue for records of a format ({@code prq}, {@code evtq}, {@code priq}), if this unit has one. */
    Optional<RecordRing> ring(String format);

    /**
     * Watches the response records (page group responses, resumes; nothing else) that the hardware consumes, from now on
     * and until the result is closed.
     */
    AutoCloseable tap(ResponseTap tap);

    /**
     * Returns when every record that was in the unit's queues has been processed, every group of its devices answered,
     * and every response consumed by the hardware. The deadline of groups bounds it.
     */
    void drain() throws InterruptedException;
}
