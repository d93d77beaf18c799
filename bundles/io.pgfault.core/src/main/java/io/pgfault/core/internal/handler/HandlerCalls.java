// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often the core called a handler service, and how long the handler took: one object for each registration.
 *
 * <p><b>Algorithm:</b> a thread has a stripe, chosen by the thread's id and claimed once by compare-and-set; the thread
 * counts there with plain additions, because no other thread writes the stripe. Threads whose stripe another thread has
 * share two adders. The first call of each {@value #SAMPLE} of a stripe is measured. A thread that has ended keeps its
 * stripe, because thread ids are not used again.
 *
 * <p><b>Benchmark rows:</b> inline and workers, groups of 1.
 */
public final class HandlerCalls {
    /** One call of so many is measured. */
    static final int SAMPLE = 64;

    private static final int STRIPES = 16;
    /** Longs of one stripe: two cache lines, because processors fetch lines in pairs. */
    private static final int STRIPE = 16;

    private static final int CALLS = 1;
    private static final int NANOS = 2;
    private static final VarHandle LONG =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

    /**
     * Behind a line that the array's length shares, for each stripe: the id of its thread (0: none), calls,
     * nanoseconds of the calls that were measured. The id is written once, by any thread; the rest by the stripe's
     * thread, and read by any.
     */
    private final long[] stripes = new long[(STRIPES + 2) * STRIPE];

    private final LongAdder otherCalls = new LongAdder();
    private final LongAdder otherNanos = new LongAdder();
    private final LongAdder otherSamples = new LongAdder();

    /**
     * Counts a call of the calling thread.
     *
     * @return whether the call is to be measured
     */
    boolean count() {
        long thread = Thread.currentThread().getId();
        int at = stripe(thread);
        if (stripes[at] != thread) {
            return countElsewhere(thread, at);
        }
        long before = stripes[at + CALLS];
        LONG.setOpaque(stripes, at + CALLS, before + 1);
        return (before & (SAMPLE - 1)) == 0;
    }

    private boolean countElsewhere(long thread, int at) {
        if (LONG.compareAndSet(stripes, at, 0L, thread)) {
            return count();
        }
        otherCalls.increment();
        return (otherCalls.intValue() & (SAMPLE - 1)) == 1;
    }

    private static int stripe(long thread) {
        return (((int) thread & (STRIPES - 1)) + 1) * STRIPE;
    }

    /** A call that the calling thread has counted took so long. */
    void measured(long nanos) {
        long thread = Thread.currentThread().getId();
        int at = stripe(thread);
        if (stripes[at] == thread) {
            LONG.setOpaque(stripes, at + NANOS, stripes[at + NANOS] + nanos);
        } else {
            otherNanos.add(nanos);
            otherSamples.increment();
        }
    }

    /** How many calls there were. Any thread. */
    long calls() {
        long sum = otherCalls.sum();
        for (int i = 1; i <= STRIPES; i++) {
            sum += (long) LONG.getOpaque(stripes, i * STRIPE + CALLS);
        }
        return sum;
    }

    /** How many nanoseconds the calls took, extrapolated. Any thread. */
    long nanos() {
        long samples = otherSamples.sum();
        long sum = samples == 0 ? 0 : extrapolated(otherNanos.sum(), samples, otherCalls.sum());
        for (int i = 1; i <= STRIPES; i++) {
            long calls = (long) LONG.getOpaque(stripes, i * STRIPE + CALLS);
            if (calls > 0) {
                long nanos = (long) LONG.getOpaque(stripes, i * STRIPE + NANOS);
                sum += extrapolated(nanos, (calls + SAMPLE - 1) / SAMPLE, calls);
            }
        }
        return sum;
    }

    private static long extrapolated(long nanos, long samples, long calls) {
        return (long) ((double) nanos / samples * calls);
    }
}
