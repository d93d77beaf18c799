// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import org.osgi.annotation.versioning.ConsumerType;

/** What the load is put on. */
@ConsumerType
public interface Target {
    /**
     * Connects a device, and makes its faults be handled.
     *
     * @param index of the device, from 0
     * @param firstPasid the first of the PASIDs that the device uses
     */
    Upstream connect(int index, int firstPasid, Downstream device);

    /** Returns when the unit's queue has room for a request. */
    default void awaitRoom() throws InterruptedException {}
}
