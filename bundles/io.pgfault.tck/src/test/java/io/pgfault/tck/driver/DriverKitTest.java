// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.tck.Check;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A driver that keeps the rules passes; a driver that breaks a rule fails a check that names the rule. */
class DriverKitTest {
    /** The kit waits only briefly for a mutant. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    @TestFactory
    Stream<DynamicTest> aDriverThatKeepsTheRulesPasses() {
        return new DriverKit(EnumSet.allOf(FaultKind.class), faults -> new PlainUnit(faults, null))
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }

    @ParameterizedTest
    @EnumSource
    void aDriverThatBreaksARuleIsCaughtByThatRule(PlainUnit.Break broken) {
        FaultKind faultKind =
                broken.rule == Rule.A04 || broken.rule == Rule.A05 ? FaultKind.STALLS : FaultKind.PAGE_REQUESTS;
        DriverKit kit = new DriverKit(Set.of(faultKind), faults -> new PlainUnit(faults, broken), PATIENCE);
        List<String> failures = new ArrayList<>();
        Set<Rule> named = EnumSet.noneOf(Rule.class);
        for (Check check : kit.checks()) {
            try {
                check.run();
            } catch (RuleBroken e) {
                named.add(e.rule());
                failures.add(check + ": " + e.getMessage());
            } catch (Exception | AssertionError e) {
                failures.add(check + ": " + e);
            }
        }
        assertThat(named).as("%s", failures).contains(broken.rule);
        assertThat(failures).as("the message names the rule").anyMatch(failure -> failure.contains(broken.rule + " ("));
    }

    @Test
    void everyRuleThatACheckNamesHasADriverThatBreaksIt() {
        Set<Rule> broken = EnumSet.noneOf(Rule.class);
        for (PlainUnit.Break one : PlainUnit.Break.values()) {
            broken.add(one.rule);
        }
        DriverKit kit = new DriverKit(EnumSet.allOf(FaultKind.class), faults -> new PlainUnit(faults, null));
        assertThat(kit.checks()).extracting(Check::rule).isSubsetOf(broken);
    }
}
