// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.bus.Unit;

/**
 * A unit of whichever vendor.
 *
 * @param unit the device side
 * @param stop what its configuration's removal does
 */
public record RunningUnit(Unit unit, Runnable stop) implements AutoCloseable {
    @Override
    public void close() {
        stop.run();
    }
}
