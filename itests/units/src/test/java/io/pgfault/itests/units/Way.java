// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.TableFormat;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IoPageFaults;

/** The ways from a device to the core: a vendor, and how the device faults. */
enum Way {
    VTD_PRI,
    SMMUV3_PRI,
    SMMUV3_STALL;

    private static final int VTD_SMALLEST = 0;
    private static final int VTD_USUAL = 5;
    private static final int SMMUV3_SMALLEST = 1;
    private static final int SMMUV3_USUAL = 10;
    private static final int STALL_MAX = 256;

    /** A unit with queues of the usual size. */
    RunningUnit open(IoPageFaults faults, String name) {
        return this == VTD_PRI
                ? VtdUnits.open(faults, name, VTD_USUAL)
                : Smmuv3Units.open(faults, name, SMMUV3_USUAL, STALL_MAX);
    }

    /** A unit with the smallest queues there are: 128 entries for VT-d, 2 for SMMUv3. */
    RunningUnit openSmallest(IoPageFaults faults, String name) {
        return this == VTD_PRI
                ? VtdUnits.open(faults, name, VTD_SMALLEST)
                : Smmuv3Units.open(faults, name, SMMUV3_SMALLEST, STALL_MAX);
    }

    /** The format of page tables that the unit walks itself. */
    TableFormat format() {
        return this == VTD_PRI ? TableFormat.X86_FOUR_LEVELS : TableFormat.AARCH64_FOUR_LEVELS;
    }

    /** A device that faults in this way. */
    TestDevice device(Unit unit, String name, int id) {
        return this == SMMUV3_STALL ? TestDevice.master(unit, name, id) : TestDevice.function(unit, name, id);
    }
}
