// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

/** What is checked breaks a rule; the message names the rule and says how. */
public final class RuleBroken extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final Rule rule;

    /** The rule, and how it was broken. */
    public RuleBroken(Rule rule, String how) {
        this(rule, how, null);
    }

    /** The rule, how it was broken, and what was thrown. */
    public RuleBroken(Rule rule, String how, Throwable cause) {
        super(rule + " (" + rule.sentence() + "): " + how, cause);
        this.rule = rule;
    }

    /** The rule. */
    public Rule rule() {
        return rule;
    }
}
