// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.tck.UnitUnderTest;
import io.pgfault.tck.junit.DriverConformance;
import java.util.Set;

/** The VT-d driver keeps what the kit asks of every driver. */
class VtdConformanceTest extends DriverConformance {
    @Override
    protected Set<UnitUnderTest.FaultKind> faultKinds() {
        return Set.of(UnitUnderTest.FaultKind.PAGE_REQUESTS);
    }

    @Override
    protected UnitUnderTest open(IoPageFaults faults) {
        return new UnitConformance(Way.VTD_PRI.open(faults, "unit0"));
    }
}
