// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps what a device can trigger from flooding the log: lets one message through per second and counts the others. Any
 * thread; allocates nothing.
 */
final class LogLimit {
    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);

    private final AtomicLong next = new AtomicLong(System.nanoTime());
    private final AtomicLong suppressed = new AtomicLong();

    /** Whether a message may be logged now; if not, it is counted. */
    boolean permits() {
        long now = System.nanoTime();
        long due = next.get();
        if (now - due >= 0 && next.compareAndSet(due, now + INTERVAL)) {
            return true;
        }
        suppressed.incrementAndGet();
        return false;
    }

    /** How many messages were not logged since the last call of this method, as words to end a message with. */
    String suppressed() {
        long count = suppressed.getAndSet(0);
        return count == 0 ? "" : " (and " + count + " more like it)";
    }
}
