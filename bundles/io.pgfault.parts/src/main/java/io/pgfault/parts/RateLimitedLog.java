// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A log that a device can't flood: one message a second. Each message says how many were left out before it.
 *
 * <p>Any thread. A message that is left out is not built.
 */
public final class RateLimitedLog {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final System.Logger logger;
    private final LongSupplier clock;
    /**
     * When the next message may be logged, in the clock's nanoseconds. A thread that logs moves it on by one interval.
     */
    private final AtomicLong due;
    /** Messages that were left out since the last logged message. Every logging thread adds. */
    private final LongAdder leftOut = new LongAdder();

    /** A log on the machine's own clock. */
    public RateLimitedLog(System.Logger logger) {
        this(logger, System::nanoTime);
    }

    /** @param clock nanoseconds, as {@link System#nanoTime} tells them */
    public RateLimitedLog(System.Logger logger, LongSupplier clock) {
        this.logger = logger;
        this.clock = clock;
        this.due = new AtomicLong(clock.getAsLong());
    }

    /** Logs a warning. */
    public void warning(Supplier<String> message) {
        log(System.Logger.Level.WARNING, message, null);
    }

    /** Logs a warning with its cause, which may be {@code null}. */
    public void warning(Supplier<String> message, Throwable cause) {
        log(System.Logger.Level.WARNING, message, cause);
    }

    /** Logs an error. */
    public void error(Supplier<String> message) {
        log(System.Logger.Level.ERROR, message, null);
    }

    /** Logs an error with its cause, which may be {@code null}. */
    public void error(Supplier<String> message, Throwable cause) {
        log(System.Logger.Level.ERROR, message, cause);
    }

    private void log(System.Logger.Level level, Supplier<String> message, Throwable cause) {
        long now = clock.getAsLong();
        long next = due.get();
        if (now - next < 0 || !due.compareAndSet(next, now + INTERVAL_NANOS)) {
            leftOut.increment();
            return;
        }
        long missing = leftOut.sumThenReset();
        String text = missing == 0 ? message.get() : message.get() + " (" + missing + " more were not logged)";
        try {
            logger.log(level, text, cause);
        } catch (RuntimeException | Error e) {
            if (cause == null) {
                throw e;
            }
            // The cause is a plug-in's code. Printing the cause may throw, and that must not reach the caller.
            logger.log(
                    level,
                    text + " (the cause, " + cause.getClass().getName() + ", can't be printed: "
                            + e.getClass().getName() + ")");
        }
    }
}
