// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import java.util.concurrent.atomic.AtomicReference;

/** The first rule that a driver broke. Any thread complains; the thread of the check verifies. */
final class Complaints {
    private final AtomicReference<RuleBroken> first = new AtomicReference<>();

    void complain(Rule rule, String how) {
        complain(rule, how, null);
    }

    void complain(Rule rule, String how, Throwable cause) {
        first.compareAndSet(null, new RuleBroken(rule, how, cause));
    }

    /** Throws the first complaint, once. */
    void verify() {
        RuleBroken broken = first.getAndSet(null);
        if (broken != null) {
            throw broken;
        }
    }
}
