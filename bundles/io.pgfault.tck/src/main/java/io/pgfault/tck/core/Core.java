// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.FaultHandler;

/** The core that a driver is checked with: the kit's own, or that of a container. */
public interface Core extends AutoCloseable {
    /** What drivers report to. */
    IoPageFaults faults();

    /** From now on, inline, {@code handler} gets the groups of domains of that kind. */
    void serve(String kind, FaultHandler handler);

    /** The unit's driver is about to go: its devices are removed while it still works (rule R06). */
    void unitGoes(String unit);

    /** Fails, once, with the first call of the driver that it may not make. */
    void verify();

    @Override
    void close();
}
