// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.parts.RateLimitedLog;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the responses that a unit sent although the device waited for none, and logs at most one of them a second. The
 * count is 0 unless the host answers a request twice, or answers a request that was never made (rule C09). Any thread.
 */
final class UnexpectedAnswers {
    private static final System.Logger LOG = System.getLogger(UnexpectedAnswers.class.getName());

    private final String device;
    private final LongAdder count = new LongAdder();
    private final RateLimitedLog log = new RateLimitedLog(LOG);

    UnexpectedAnswers(String device) {
        this.device = device;
    }

    /**
     * Counts one response.
     *
     * @param what the kind of response, for example {@code PRG response}
     * @param number the PRG index or transaction number in it
     */
    void add(String what, int number) {
        count.increment();
        log.warning(() -> "device " + device + ": unexpected " + what + " for number " + number + ", " + count.sum()
                + " unexpected so far; the unit answers what was not asked, or twice");
    }

    /** How many responses were unexpected. */
    long count() {
        return count.sum();
    }
}
