// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

import io.pgfault.lab.Conditions;
import java.util.SplittableRandom;

/** How long the ways of a fault take, drawn from the seed of the trial. One thread. */
final class FaultTimes {
    private static final int THOUSAND = 1_000;

    private final long fault;
    private final long most;
    private final SplittableRandom random;

    FaultTimes(Conditions conditions) {
        this.fault = conditions.costs().fault();
        this.most = fault * conditions.jitter() / THOUSAND;
        this.random = new SplittableRandom(conditions.seed());
    }

    /** The nanoseconds that the next fault takes on its way to the handler and back. */
    long next() {
        return most == 0 ? fault : fault + random.nextLong(most + 1);
    }
}
