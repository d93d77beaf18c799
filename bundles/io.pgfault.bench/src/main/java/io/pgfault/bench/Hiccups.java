// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * How long this machine holds up threads that do nothing but look at the clock: the yardstick for latency. What a
 * hypervisor, other processes and the JVM itself take away shows here, and no framework can be better than that.
 */
public final class Hiccups {
    private static final long HIGHEST_NANOS = 60_000_000_000L;
    private static final int SIGNIFICANT_DIGITS = 3;
    /** Requests that came this often while a thread was held up would all have waited. */
    private static final long INTERVAL_NANOS = 1_000;

    private Hiccups() {}

    /**
     * Has threads look at the clock.
     *
     * @param threads how many, at least 1
     * @param nanos for how long
     * @return how long a request would have waited that came at any time and needed no time itself, in nanoseconds
     */
    public static Histogram measure(int threads, long nanos) throws InterruptedException {
        List<Histogram> seen = new ArrayList<>();
        List<Thread> lookers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Histogram histogram = new Histogram(HIGHEST_NANOS, SIGNIFICANT_DIGITS);
            Thread looker = new Thread(() -> look(histogram, nanos), "hiccups " + i);
            looker.setDaemon(true);
            looker.start();
            seen.add(histogram);
            lookers.add(looker);
        }
        Histogram all = new Histogram(HIGHEST_NANOS, SIGNIFICANT_DIGITS);
        for (int i = 0; i < threads; i++) {
            lookers.get(i).join();
            all.add(seen.get(i));
        }
        return all;
    }

    private static void look(Histogram histogram, long nanos) {
        long start = System.nanoTime();
        long before = start;
        while (before - start < nanos) {
            long due = before + INTERVAL_NANOS;
            long now = System.nanoTime();
            while (now - due < 0) {
                Thread.onSpinWait();
                now = System.nanoTime();
            }
            // Those that came meanwhile, one for each interval, have waited less and less.
            for (long waited = Math.min(now - due, HIGHEST_NANOS); waited >= 0; waited -= INTERVAL_NANOS) {
                histogram.recordValue(waited);
            }
            before = now;
        }
    }
}
