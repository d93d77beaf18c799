// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a unit sent to a device that had not asked for it, and logs it, once a second at most. Any exists only if
 * the host answered a request twice, or one that was never made (rule C09). Any thread.
 */
final class UnexpectedAnswers {
    private static final System.Logger LOG = System.getLogger(UnexpectedAnswers.class.getName());
    private static final long INTERVAL_NANOS = 1_000_000_000;

    private final String device;
    private final LongAdder count = new LongAdder();
    private final AtomicLong nextLog = new AtomicLong(System.nanoTime());

    UnexpectedAnswers(String device) {
        this.device = device;
    }

    /**
     * One more.
     *
     * @param what the kind of answer, for example {@code PRG response}
     * @param number the PRG index or transaction number it names
     */
    void add(String what, int number) {
        count.increment();
        long due = nextLog.get();
        long now = System.nanoTime();
        if (now - due >= 0 && nextLog.compareAndSet(due, now + INTERVAL_NANOS)) {
            LOG.log(
                    Level.WARNING,
                    "device {0}: unexpected {1} for number {2}, {3} unexpected so far; the unit answers what was not"
                            + " asked, or twice",
                    device,
                    what,
                    number,
                    count.sum());
        }
    }

    /** How many there have been. */
    long count() {
        return count.sum();
    }
}
