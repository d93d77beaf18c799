// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.vtd.internal.IommuUnit;

/** VT-d units without their configuration. */
final class VtdUnits {
    private VtdUnits() {}

    /** A unit; {@code size} is the page request queue's size field: 2^(size+7) entries. */
    static RunningUnit open(IoPageFaults faults, String name, int size) {
        IommuUnit unit = new IommuUnit(faults, name, size, false);
        unit.start(() -> {});
        return new RunningUnit(unit, unit::stop);
    }
}
