// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;

/**
 * The core's one thread for everything that time brings: deadlines, grace and park times.
 *
 * <p>A thread that closes a group tells the deadline thread nothing. All groups have the same deadline, so a group that
 * closes after a pass is due no earlier than a deadline after that pass: the deadline thread sleeps until the first of
 * the groups that this thread saw is due, and no longer than a deadline. Shorter waits begin rarely, when a handler
 * leaves or a group parks; the thread that begins one wakes the deadline thread.
 */
final class DeadlineTimer {
    private static final System.Logger LOG = System.getLogger(DeadlineTimer.class.getName());
    private static final long SHORTEST_NANOS = 1_000_000;

    private final LongUnaryOperator pass;
    private final long longest;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile boolean woken;

    /**
     * @param pass does what is due and returns the nanoseconds until something is due again; its argument is the most
     *     that it may return
     * @param longest the deadline, in nanoseconds
     */
    DeadlineTimer(LongUnaryOperator pass, long longest) {
        this.pass = pass;
        this.longest = longest;
        this.thread = new Thread(this::run, "io-pgfault-deadlines");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Something may be due earlier than the thread knows. */
    void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    /** Ends the thread; waits for it no longer than to {@code end} of {@code System.nanoTime}. */
    void stop(long end) throws InterruptedException {
        stopped = true;
        wake();
        if (thread != Thread.currentThread()) {
            TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, end - System.nanoTime()));
        }
    }

    private void run() {
        while (!stopped) {
            woken = false;
            long wait = longest;
            try {
                wait = pass.applyAsLong(longest);
            } catch (Throwable e) {
                LOG.log(System.Logger.Level.ERROR, "a pass over the deadlines failed; the next one follows", e);
            }
            if (!woken && !stopped) {
                LockSupport.parkNanos(this, Math.max(SHORTEST_NANOS, Math.min(wait, longest)));
                // A stranger's interrupt has no meaning here; a flag that stays set would end every park at once.
                Thread.interrupted();
            }
        }
    }
}
