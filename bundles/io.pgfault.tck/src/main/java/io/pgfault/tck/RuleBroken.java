// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

/** The subject of a check breaks a rule. The message names the rule and says how. */
public final class RuleBroken extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final Rule rule;

    /** Makes the failure of a rule; {@code how} says what happened. */
    public RuleBroken(Rule rule, String how) {
        this(rule, how, null);
    }

    /** Makes the failure of a rule with a cause. */
    public RuleBroken(Rule rule, String how, Throwable cause) {
        super(rule + " (" + rule.sentence() + "): " + how, cause);
        this.rule = rule;
    }

    /** The rule. */
    public Rule rule() {
        return rule;
    }
}
