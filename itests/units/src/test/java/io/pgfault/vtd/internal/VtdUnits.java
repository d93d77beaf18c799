// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.itests.units.RunningUnit;

/** VT-d units without their configuration. */
public final class VtdUnits {
    private VtdUnits() {}

    /** A unit; {@code size} is the page request queue's size field: 2^(size+7) entries. */
    public static RunningUnit open(IoPageFaults faults, String name, int size) {
        VtdUnit unit = new VtdUnit(faults, name, size, false);
        return new RunningUnit(unit, unit::deactivate);
    }
}
