// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.junit;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.tck.UnitUnderTest;
import io.pgfault.tck.driver.DriverKit;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every check of {@link DriverKit} as a test. The author of a driver extends this class. */
public abstract class DriverConformance {
    /** Returns the kinds of fault of the unit's devices. */
    protected abstract Set<UnitUnderTest.FaultKind> faultKinds();

    /** Opens a unit that works, under the same name every time; each check calls this method. */
    protected abstract UnitUnderTest open(IoPageFaults faults) throws Exception;

    /** Makes the tests. */
    @TestFactory
    protected Stream<DynamicTest> driverKeeps() {
        return new DriverKit(faultKinds(), this::open)
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }
}
