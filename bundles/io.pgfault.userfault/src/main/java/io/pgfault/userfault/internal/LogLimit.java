// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** One warning a second, which says how many were left out before it: neither a device nor a client floods the log. */
final class LogLimit {
    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);

    private final System.Logger logger;
    private final AtomicLong next = new AtomicLong(System.nanoTime());
    private final LongAdder leftOut = new LongAdder();

    LogLimit(System.Logger logger) {
        this.logger = logger;
    }

    void warning(Supplier<String> message) {
        long now = System.nanoTime();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL)) {
            leftOut.increment();
            return;
        }
        long missing = leftOut.sumThenReset();
        logger.log(
                System.Logger.Level.WARNING,
                missing == 0 ? message.get() : message.get() + " (" + missing + " more were not logged)");
    }
}
