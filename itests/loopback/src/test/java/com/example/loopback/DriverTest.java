// SPDX-License-Identifier: Apache-2.0
package com.example.loopback;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.tck.UnitUnderTest;
import io.pgfault.tck.junit.DriverConformance;
import java.util.Set;

/** The conformance kit: one test for every rule that binds a driver. */
class DriverTest extends DriverConformance {
    @Override
    protected Set<UnitUnderTest.FaultKind> faultKinds() {
        return Set.of(UnitUnderTest.FaultKind.PAGE_REQUESTS);
    }

    @Override
    protected UnitUnderTest open(IoPageFaults faults) {
        Driver driver = new Driver(faults, "unit0", 4096);
        return new UnitUnderTest() {
            private boolean closed;

            @Override
            public Unit unit() {
                return driver;
            }

            @Override
            public IommuDriver driver() {
                return driver;
            }

            @Override
            public void close() {
                if (!closed) {
                    closed = true;
                    driver.deactivate();
                }
            }
        };
    }
}
