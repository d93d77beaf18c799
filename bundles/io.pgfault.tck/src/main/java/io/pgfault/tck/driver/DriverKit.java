// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.tck.Check;
import io.pgfault.tck.UnitUnderTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The rules of a driver, as checks. A device of the kit faults through the unit, and a handler of the kit answers. On a
 * plain class path the core is {@link io.pgfault.tck.core.StrictFaults}, which records every call that a driver must
 * not make; {@link DriverService} makes the same checks with the core of a running container.
 */
public final class DriverKit {
    /** How long a unit may take for anything. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Set<UnitUnderTest.FaultKind> faultKinds;
    private final DriverBench.Factory benches;

    /**
     * Makes a kit for the units that {@code units} opens.
     *
     * @param faultKinds how the units' devices fault
     */
    public DriverKit(Set<UnitUnderTest.FaultKind> faultKinds, UnitUnderTest.Factory units) {
        this(faultKinds, units, PATIENCE);
    }

    /** A kit that waits up to {@code patience} for a unit, see {@link #DriverKit(Set, UnitUnderTest.Factory)}. */
    public DriverKit(Set<UnitUnderTest.FaultKind> faultKinds, UnitUnderTest.Factory units, Duration patience) {
        this(faultKinds, () -> new DriverBench(new FakeCore(), units, patience));
    }

    DriverKit(Set<UnitUnderTest.FaultKind> faultKinds, DriverBench.Factory benches) {
        this.faultKinds = Set.copyOf(faultKinds);
        this.benches = benches;
    }

    /** Returns all checks. The caller runs the checks in any order, one at a time. */
    public List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (UnitUnderTest.FaultKind faultKind : UnitUnderTest.FaultKind.values()) {
            if (faultKinds.contains(faultKind)) {
                checks.addAll(new DriverChecks(faultKind, benches).all());
            }
        }
        return checks;
    }
}
