// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.tck.UnitUnderTest;
import io.pgfault.tck.junit.DriverConformance;
import java.util.Set;

/** The SMMUv3 driver keeps what the kit asks of every driver. */
class Smmuv3ConformanceTest extends DriverConformance {
    @Override
    protected Set<UnitUnderTest.Way> ways() {
        return Set.of(UnitUnderTest.Way.PAGE_REQUESTS, UnitUnderTest.Way.STALLS);
    }

    @Override
    protected UnitUnderTest open(IoPageFaults faults) {
        return new UnitConformance(Way.SMMUV3_STALL.open(faults, "unit0"));
    }
}
