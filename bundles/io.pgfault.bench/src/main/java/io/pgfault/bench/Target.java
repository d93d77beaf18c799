// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ConsumerType;

/** A framework under load: a unit with the core and a handler, or the yardstick. The devices' one thread calls it. */
@ConsumerType
public interface Target {
    /**
     * Connects a device and attaches what resolves the device's faults.
     *
     * @param index number of the device, 0 to 4095
     * @param firstPasid the first of the PASIDs that the device uses; the others follow it without a gap
     * @param device receives the responses, on any thread
     * @return the device's way to the unit
     */
    Upstream connect(int index, int firstPasid, Downstream device);

    /** Returns when the unit's queue has room for one more request. */
    default void awaitRoom() throws InterruptedException {}

    /**
     * How many groups the framework has counted since it started, of all devices together. A bench compares this number
     * with the groups that its devices asked for. The number may lag behind the responses, and ends exact.
     *
     * @return empty if the framework counts no groups
     */
    default OptionalLong groups() {
        return OptionalLong.empty();
    }
}
