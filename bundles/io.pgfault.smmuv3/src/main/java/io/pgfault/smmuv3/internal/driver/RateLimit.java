// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Permits ten of something every five seconds, for log messages that a device can provoke. Any thread. */
final class RateLimit {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int BURST = 10;

    private final AtomicLong intervalStart = new AtomicLong(System.nanoTime());
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong suppressed = new AtomicLong();

    /** Whether one more is permitted now; one that isn't is counted as suppressed. */
    boolean permit() {
        long now = System.nanoTime();
        long start = intervalStart.get();
        if (now - start >= INTERVAL_NANOS && intervalStart.compareAndSet(start, now)) {
            asked.set(0);
        }
        if (asked.getAndIncrement() < BURST) {
            return true;
        }
        suppressed.incrementAndGet();
        return false;
    }

    /** How many were suppressed since this was called last, as words to end a message with; nothing if none were. */
    String suppressed() {
        long count = suppressed.getAndSet(0);
        return count == 0 ? "" : "; " + count + " earlier ones were not logged";
    }
}
