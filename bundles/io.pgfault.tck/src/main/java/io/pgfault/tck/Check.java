// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * One check: opens the subject, checks one rule, and closes the subject.
 *
 * @param rule the rule that is checked; a failure may name another rule, if that rule was broken before
 * @param name what is checked, in words
 * @param body throws {@link RuleBroken} if a rule is broken, and any other exception if the check could not be made
 */
public record Check(Rule rule, String name, Body body) {
    /** The code of a check. */
    @FunctionalInterface
    @ConsumerType
    public interface Body {
        /** See {@link Check#body}. */
        void run() throws Exception;
    }

    /** Makes the check; returns if no rule is broken. */
    public void run() throws Exception {
        body.run();
    }

    /** The rule and what is checked. */
    @Override
    public String toString() {
        return rule + " " + name;
    }
}
