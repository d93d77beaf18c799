// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import java.util.concurrent.TimeUnit;

/** Where others wait for the event thread to have emptied the fault queue once more: a pass. */
final class PassLatch {
    private final Runnable wake;
    private long started;
    private long finished;

    /** @param wake makes the event thread begin a pass */
    PassLatch(Runnable wake) {
        this.wake = wake;
    }

    synchronized void begin() {
        started++;
    }

    synchronized void end() {
        finished = started;
        notifyAll();
    }

    /** There will be no more passes. */
    synchronized void over() {
        finished = Long.MAX_VALUE;
        started = Long.MAX_VALUE - 1;
        notifyAll();
    }

    /** Waits until a pass that begins from now on has ended or there are no more; false if the time is over first. */
    synchronized boolean await(long timeoutNanos) throws InterruptedException {
        long pass = started + 1;
        long until = System.nanoTime() + timeoutNanos;
        wake.run();
        while (finished < pass) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
        }
        return true;
    }
}
