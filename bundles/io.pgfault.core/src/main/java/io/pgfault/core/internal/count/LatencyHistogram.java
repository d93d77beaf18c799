// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.count;

import io.pgfault.api.driver.Latency;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.HdrHistogram.Histogram;

/**
 * Latency from the close of a group to the group's response, in nanoseconds, of the groups that are measured. Any
 * thread records, any thread reads.
 *
 * <p>Recording is one atomic addition. The counts lie in the order of the values, {@value #STEPS} steps for each power
 * of two. There are {@value #STRIPES} arrays of counts; a thread's id selects the array that the thread adds to. The
 * first thread that records in an array allocates the array; later recordings allocate nothing. A reader adds the
 * arrays up.
 */
public final class LatencyHistogram {
    private static final long HIGHEST_NANOS = 3_600_000_000_000L;
    private static final int SIGNIFICANT_DIGITS = 2;
    /** Enough for two significant digits. */
    private static final int STEPS = 128;

    private static final int STEP_BITS = 7;
    private static final int STRIPES = 4;

    private static final int PLACES = index(HIGHEST_NANOS) + 1;

    /** Each array is made by the first thread that records in it. */
    private final AtomicReferenceArray<AtomicLongArray> stripes = new AtomicReferenceArray<>(STRIPES);

    /** Records one group. A time above an hour counts as an hour. */
    public void record(long nanos) {
        int i = (int) Thread.currentThread().getId() & (STRIPES - 1);
        AtomicLongArray stripe = stripes.get(i);
        if (stripe == null) {
            stripes.compareAndSet(i, null, new AtomicLongArray(PLACES));
            stripe = stripes.get(i);
        }
        stripe.getAndIncrement(index(Math.max(0, Math.min(nanos, HIGHEST_NANOS))));
    }

    /** Returns the latencies recorded so far. */
    public Latency read() {
        Histogram sum = new Histogram(HIGHEST_NANOS, SIGNIFICANT_DIGITS);
        for (int i = 0; i < STRIPES; i++) {
            addTo(sum, stripes.get(i));
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

    private static void addTo(Histogram sum, AtomicLongArray stripe) {
        for (int i = 0; stripe != null && i < stripe.length(); i++) {
            long count = stripe.get(i);
            if (count > 0) {
                sum.recordValueWithCount(highest(i), count);
            }
        }
    }

    /**
     * The index of a value. A value below two times the steps has an index of its own; above, the top bits select one.
     */
    private static int index(long nanos) {
        int shift = Math.max(0, Long.SIZE - STEP_BITS - 1 - Long.numberOfLeadingZeros(nanos));
        return shift * STEPS + (int) (nanos >>> shift);
    }

    /** The highest value that is counted at an index. */
    private static long highest(int index) {
        int shift = Math.max(0, index / STEPS - 1);
        return Math.min(HIGHEST_NANOS, ((index - (long) shift * STEPS + 1) << shift) - 1);
    }
}
