// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** A log that a device can't flood: one warning a second, which says how many were left out before it. */
final class RateLimitedLog {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final System.Logger logger;
    private final LongSupplier clock;
    private final AtomicLong next;
    private final LongAdder leftOut = new LongAdder();

    RateLimitedLog(System.Logger logger, LongSupplier clock) {
        this.logger = logger;
        this.clock = clock;
        this.next = new AtomicLong(clock.getAsLong());
    }

    void warning(Supplier<String> message) {
        warning(message, null);
    }

    void warning(Supplier<String> message, Throwable cause) {
        long now = clock.getAsLong();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL_NANOS)) {
            leftOut.increment();
            return;
        }
        long missing = leftOut.sumThenReset();
        String text = missing == 0 ? message.get() : message.get() + " (" + missing + " more were not logged)";
        try {
            logger.log(System.Logger.Level.WARNING, text, cause);
        } catch (RuntimeException | Error e) {
            if (cause == null) {
                throw e;
            }
            // A handler's exception is the handler's code: printing it may fail, and that must not reach the device.
            logger.log(
                    System.Logger.Level.WARNING,
                    text + " (the cause, " + cause.getClass().getName() + ", can't be printed: "
                            + e.getClass().getName() + ")");
        }
    }
}
