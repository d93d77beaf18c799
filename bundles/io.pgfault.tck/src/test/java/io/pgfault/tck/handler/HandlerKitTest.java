// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.tck.Check;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
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

/** A handler that keeps the rules passes; a handler that breaks a rule fails a check that names the rule. */
class HandlerKitTest {
    @TestFactory
    Stream<DynamicTest> aHandlerThatKeepsTheRulesPasses() {
        return new HandlerKit(() -> new PlainHandler(null))
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }

    @ParameterizedTest
    @EnumSource
    void aHandlerThatBreaksARuleIsCaughtByThatRule(PlainHandler.Break broken) {
        List<String> failures = new ArrayList<>();
        Set<Rule> named = EnumSet.noneOf(Rule.class);
        for (Check check : new HandlerKit(() -> new PlainHandler(broken)).checks()) {
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
    void everyRuleThatACheckNamesHasAHandlerThatBreaksIt() {
        Set<Rule> broken = EnumSet.noneOf(Rule.class);
        for (PlainHandler.Break one : PlainHandler.Break.values()) {
            broken.add(one.rule);
        }
        assertThat(new HandlerKit(() -> new PlainHandler(null)).checks())
                .extracting(Check::rule)
                .isSubsetOf(broken);
    }
}
