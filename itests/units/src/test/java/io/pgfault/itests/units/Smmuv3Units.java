// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.smmuv3.internal.IommuUnit;
import io.pgfault.smmuv3.internal.hardware.Sizes;

/** SMMUv3 units without their configuration. */
final class Smmuv3Units {
    private static final int COMMAND_QUEUE_LOG2 = 8;

    private Smmuv3Units() {}

    /** A unit; {@code queues} is log2 of the records of the event queue and of the PRI queue. */
    static RunningUnit open(IoPageFaults faults, String name, int queues, int stallMax) {
        IommuUnit unit = new IommuUnit(faults, name, new Sizes(queues, queues, COMMAND_QUEUE_LOG2, stallMax));
        unit.start(() -> {});
        return new RunningUnit(unit, unit::stop);
    }
}
