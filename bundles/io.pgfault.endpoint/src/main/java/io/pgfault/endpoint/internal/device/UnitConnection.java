// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RequesterId;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;

/** Connects a device to its unit, with a message that names both if the unit refuses. Any thread. */
final class UnitConnection {
    private UnitConnection() {}

    /**
     * Connects a device.
     *
     * @throws IllegalStateException if another device has the id, or the unit is stopping
     * @throws IllegalArgumentException if the id doesn't fit the unit
     */
    static Upstream open(Unit unit, String name, int id, Downstream downstream) {
        String what =
                "device " + name + " can't connect to unit " + unit.name() + " as " + RequesterId.format(id) + ": ";
        try {
            return unit.connect(name, id, downstream);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(what + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(what + e.getMessage(), e);
        }
    }
}
