// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.junit;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.tck.UnitUnderTest;
import io.pgfault.tck.driver.DriverKit;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Extended by a driver's author: every check of {@link DriverKit} as a test. */
public abstract class DriverConformance {
    /** How the unit's devices fault. */
    protected abstract Set<UnitUnderTest.FaultKind> faultKinds();

    /** A unit that works, under the same name every time; called for every check. */
    protected abstract UnitUnderTest open(IoPageFaults faults) throws Exception;

    /** The tests. */
    @TestFactory
    protected Stream<DynamicTest> driverKeeps() {
        return new DriverKit(faultKinds(), this::open)
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }
}
