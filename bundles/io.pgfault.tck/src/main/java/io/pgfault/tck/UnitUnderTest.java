// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import org.osgi.annotation.versioning.ConsumerType;

/** A unit that works: what its author tells the kit. One for each check, and a second one where units return. */
@ConsumerType
public interface UnitUnderTest extends AutoCloseable {
    /** How devices of a unit fault. */
    enum FaultKind {
        /** By page request messages, {@code Upstream.pageRequest}. */
        PAGE_REQUESTS,
        /** By transactions that stall, {@code Upstream.transact}. */
        STALLS
    }

    /** Makes a unit under test. */
    @FunctionalInterface
    @ConsumerType
    interface Factory {
        /**
         * A unit that works, under the same name every time.
         *
         * @param faults the core that it allocates its fault queue in and reports to
         */
        UnitUnderTest open(IoPageFaults faults) throws Exception;
    }

    /** Where devices connect. */
    Unit unit();

    /** What the core answers through. */
    IommuDriver driver();

    /** The unit goes, as when its configuration is deleted. Idempotent. */
    @Override
    void close() throws Exception;
}
