// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.FaultHandler;

/** The core that a driver is checked with: the kit's fake core, or the core of a container. */
interface Core extends AutoCloseable {
    /** Returns the framework that the driver reports to. */
    IoPageFaults faults();

    /** Makes {@code handler} the inline handler of every domain of this kind. */
    void serve(String kind, FaultHandler handler);

    /** Announces that the driver of a unit is about to go: the core removes the unit's devices (rule R06). */
    void unitGoes(String unit);

    /** Throws the first forbidden call of the driver as a {@link io.pgfault.tck.RuleBroken}, once. */
    void verify();

    /** Ends the core; throws what the driver left behind. */
    @Override
    void close();
}
