// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.tck.UnitUnderTest;

/** A unit of whichever vendor, for the kit; with both vendors one object is unit and driver. */
record UnitConformance(RunningUnit running) implements UnitUnderTest {
    @Override
    public Unit unit() {
        return running.unit();
    }

    @Override
    public IommuDriver driver() {
        return (IommuDriver) running.unit();
    }

    @Override
    public void close() {
        running.close();
    }
}
