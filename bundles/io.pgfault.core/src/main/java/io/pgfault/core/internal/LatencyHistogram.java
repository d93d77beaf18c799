// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.driver.Latency;
import java.util.stream.Stream;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/**
 * Latency from the close of a group to its response. Threads record into one of a few histograms of fixed size, chosen
 * by thread, so that recording neither allocates nor meets many others; reading adds them up.
 */
final class LatencyHistogram {
    private static final long HIGHEST_NANOS = 3_600_000_000_000L;
    private static final int SIGNIFICANT_DIGITS = 2;
    private static final int STRIPES = 4;

    private final AtomicHistogram[] stripes = Stream.generate(
                    () -> new AtomicHistogram(HIGHEST_NANOS, SIGNIFICANT_DIGITS))
            .limit(STRIPES)
            .toArray(AtomicHistogram[]::new);

    /** Records one group. Times above an hour count as an hour. */
    void record(long nanos) {
        int stripe = (int) Thread.currentThread().getId() & (STRIPES - 1);
        stripes[stripe].recordValue(Math.max(0, Math.min(nanos, HIGHEST_NANOS)));
    }

    /** What was recorded so far. */
    Latency read() {
        Histogram sum = new Histogram(HIGHEST_NANOS, SIGNIFICANT_DIGITS);
        for (AtomicHistogram stripe : stripes) {
            sum.add(stripe);
        }
        if (sum.getTotalCount() == 0) {
            return new Latency(0, 0, 0, 0, 0, 0);
        }
        return new Latency(
                sum.getTotalCount(),
                sum.getValueAtPercentile(50),
                sum.getValueAtPercentile(90),
                sum.getValueAtPercentile(99),
                sum.getValueAtPercentile(99.9),
                sum.getMaxValue());
    }
}
