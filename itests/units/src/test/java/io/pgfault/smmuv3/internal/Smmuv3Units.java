// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.itests.units.RunningUnit;
import io.pgfault.smmuv3.internal.hardware.Sizes;

/** SMMUv3 units without their configuration. */
public final class Smmuv3Units {
    private Smmuv3Units() {}

    /** A unit; {@code queues} is log2 of the records of the event queue and of the PRI queue. */
    public static RunningUnit open(IoPageFaults faults, String name, int queues, int stallMax) {
        Smmuv3Unit unit = new Smmuv3Unit(faults, name, new Sizes(queues, queues, 8, stallMax));
        return new RunningUnit(unit, unit::close);
    }
}
