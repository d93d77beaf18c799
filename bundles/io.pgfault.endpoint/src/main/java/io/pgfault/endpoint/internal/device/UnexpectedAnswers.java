// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.parts.RateLimitedLog;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the responses for which the device has no unanswered request, and logs at most one such response a second. The
 * count is 0 unless the host answers a request twice, or answers a request that the device never made (rule C09). Any
 * thread.
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
                + " unexpected so far; the unit answers a request twice, or a request that the device did not make");
    }

    /** The count of unexpected responses. */
    long count() {
        return count.sum();
    }
}
