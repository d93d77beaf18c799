// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

/**
 * One thing that is checked, from opening what is under test to closing it.
 *
 * @param rule the rule that it is about; a failure may name another one that was broken on the way
 * @param name what is checked, in words
 * @param body throws {@link RuleBroken} if a rule is broken, and anything else if the check could not be made
 */
public record Check(Rule rule, String name, Body body) {
    /** A check's code. */
    @FunctionalInterface
    public interface Body {
        /** See {@link Check#body}. */
        void run() throws Exception;
    }

    /** Makes the check; returns if all is well. */
    public void run() throws Exception {
        body.run();
    }

    /** The rule and what is checked. */
    @Override
    public String toString() {
        return rule + " " + name;
    }
}
