// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.tck.Check;
import io.pgfault.tck.Failure;
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

/** A handler that keeps the rules passes; a handler that breaks a rule fails a check that names the rule. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandlerKitTest {
    /** What each mutant fails. */
    private Map<PlainHandler.Break, List<Failure>> failures;

    @BeforeAll
    void runsEveryCheckOnEveryMutant() throws Exception {
        failures = Failure.ofAll(
                PlainHandler.Break.class, broken -> new HandlerKit(() -> new PlainHandler(broken)).checks());
    }

    @TestFactory
    Stream<DynamicTest> aHandlerThatKeepsTheRulesPasses() {
        return new HandlerKit(() -> new PlainHandler(null))
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }

    @ParameterizedTest
    @EnumSource
    void aHandlerThatBreaksARuleIsCaughtByThatRule(PlainHandler.Break broken) {
        List<Failure> found = failures.get(broken);
        assertThat(found).extracting(Failure::rule).contains(broken.rule);
        assertThat(found).as("the message names the rule").anyMatch(failure -> failure.message()
                .contains(broken.rule + " ("));
    }

    @Test
    void everyCheckCatchesAHandler_thatBreaksItsRule() {
        List<Check> checks = new HandlerKit(() -> new PlainHandler(null)).checks();
        assertThat(checks.stream().filter(check -> failures.values().stream()
                        .flatMap(List::stream)
                        .noneMatch(failure -> failure.isOf(check))))
                .as("checks that no mutant fails")
                .isEmpty();
    }
}
