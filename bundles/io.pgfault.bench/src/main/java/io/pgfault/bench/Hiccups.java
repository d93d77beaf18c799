// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Scheduling jitter of this machine: how long the machine holds up threads that only read the clock. Time that a
 * hypervisor, other processes and the JVM take from such a thread shows here. No framework on the machine can have a
 * better latency.
 */
public final class Hiccups {
    private static final long HIGHEST_NANOS = 60_000_000_000L;
    private static final int SIGNIFICANT_DIGITS = 3;
    /** The interval of the imagined requests that wait while a thread is held up. */
    private static final long INTERVAL_NANOS = 1_000;

    private Hiccups() {}

    /**
     * Lets threads read the clock over and over.
     *
     * @param threads how many threads, at least 1
     * @param nanos for how long, in nanoseconds
     * @return how long a request would have waited for such a thread, in nanoseconds: one value for each microsecond of
     *     each thread, 0 or nearly 0 for a microsecond in which the thread ran
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
            // One request came in each interval meanwhile; the first has waited longest.
            for (long waited = Math.min(now - due, HIGHEST_NANOS); waited >= 0; waited -= INTERVAL_NANOS) {
                histogram.recordValue(waited);
            }
            before = now;
        }
    }
}
