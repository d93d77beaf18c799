// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.tck.Failure;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A driver that keeps the rules passes; a driver that breaks a rule fails a check that names the rule. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DriverKitTest {
    /** The kit waits only briefly for a mutant. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    /** What each mutant fails. */
    private Map<PlainUnit.Break, List<Failure>> failures;

    @BeforeAll
    void runsEveryCheckOnEveryMutant() throws Exception {
        failures = Failure.ofAll(PlainUnit.Break.class, broken -> new DriverKit(
                        EnumSet.allOf(FaultKind.class), faults -> new PlainUnit(faults, broken), PATIENCE)
                .checks());
    }

    @TestFactory
    Stream<DynamicTest> aDriverThatKeepsTheRulesPasses() {
        return new DriverKit(EnumSet.allOf(FaultKind.class), faults -> new PlainUnit(faults, null))
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }

    @ParameterizedTest
    @EnumSource
    void aDriverThatBreaksARuleIsCaughtByThatRule(PlainUnit.Break broken) {
        List<Failure> found = failures.get(broken);
        assertThat(found).extracting(Failure::rule).contains(broken.rule);
        assertThat(found).as("the message names the rule").anyMatch(failure -> failure.message()
                .contains(broken.rule + " ("));
    }

    @Test
    void everyCheckCatchesADriver_thatBreaksItsRule() {
        DriverKit kit = new DriverKit(EnumSet.allOf(FaultKind.class), faults -> new PlainUnit(faults, null));
        assertThat(kit.checks().stream().filter(check -> failures.values().stream()
                        .flatMap(List::stream)
                        .noneMatch(failure -> failure.isOf(check))))
                .as("checks that no mutant fails")
                .isEmpty();
    }
}
