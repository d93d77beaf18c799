// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Lets one message through per second: keeps what a device can trigger from flooding the log. Any thread. */
final class LogLimit {
    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);

    private final AtomicLong next = new AtomicLong(System.nanoTime());

    /** Whether a message may be logged now. */
    boolean permits() {
        long now = System.nanoTime();
        long due = next.get();
        return now - due >= 0 && next.compareAndSet(due, now + INTERVAL);
    }
}
