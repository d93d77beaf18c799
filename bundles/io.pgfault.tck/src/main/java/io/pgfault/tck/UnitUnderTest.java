// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What the author of a driver tells the kit: a unit that works. The kit opens one unit for each check, and a second
 * unit where a check has units return.
 */
@ConsumerType
public interface UnitUnderTest extends AutoCloseable {
    /** The kinds of fault of a device. */
    enum FaultKind {
        /** The device sends page request messages, {@code Upstream.pageRequest}. */
        PAGE_REQUESTS,
        /** The transactions of the device stall, {@code Upstream.transact}. */
        STALLS
    }

    /** Opens a unit for each check. */
    @FunctionalInterface
    @ConsumerType
    interface Factory {
        /**
         * Opens a unit that works, under the same name every time.
         *
         * @param faults the core of the unit's fault queue and reports
         */
        UnitUnderTest open(IoPageFaults faults) throws Exception;
    }

    /** Returns the unit that the kit connects its devices to. */
    Unit unit();

    /** The driver that sends the responses of the core. */
    IommuDriver driver();

    /** Takes the unit away, as a container does when its configuration is deleted. Idempotent. */
    @Override
    void close() throws Exception;
}
