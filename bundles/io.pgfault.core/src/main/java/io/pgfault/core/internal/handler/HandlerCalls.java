// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often the core called a handler service, and how long the handler took: one object for each registration. Any
 * thread.
 *
 * <p>The first {@value #FIRST} calls are measured, and after these one call in {@value #SAMPLE}, drawn at random. The
 * time of the calls that are not measured is extrapolated from those drawn.
 */
public final class HandlerCalls {
    /** At least this many calls are measured before any call is drawn. */
    static final int FIRST = 64;

    /** Afterwards one call of so many is measured. */
    static final int SAMPLE = 64;

    private final LongAdder calls = new LongAdder();
    private final LongAdder firstCalls = new LongAdder();
    private final LongAdder firstNanos = new LongAdder();
    private final LongAdder samples = new LongAdder();
    private final LongAdder sampledNanos = new LongAdder();
    /** Whether the first calls have been made. A measuring thread writes it once, every calling thread reads it. */
    private volatile boolean drawn;

    /** How the call that a thread has counted is measured. */
    enum Measure {
        /** Not at all. */
        NONE,
        /** As one of the first calls. */
        FIRST,
        /** As a sample of the later calls. */
        SAMPLE
    }

    /** Counts a call of the calling thread; returns how to measure it. */
    Measure count() {
        calls.increment();
        if (!drawn) {
            return Measure.FIRST;
        }
        return (ThreadLocalRandom.current().nextInt() & (SAMPLE - 1)) == 0 ? Measure.SAMPLE : Measure.NONE;
    }

    /** A call that was to be measured took so long. */
    void measured(Measure measure, long nanos) {
        if (measure == Measure.FIRST) {
            firstNanos.add(nanos);
            firstCalls.increment();
            if (firstCalls.sum() >= FIRST) {
                drawn = true;
            }
        } else {
            sampledNanos.add(nanos);
            samples.increment();
        }
    }

    /** How many calls there were. */
    long calls() {
        return calls.sum();
    }

    /** How many nanoseconds the calls took. */
    long nanos() {
        long drawnFrom = Math.max(0, calls.sum() - firstCalls.sum());
        long count = samples.sum();
        return firstNanos.sum() + (count == 0 ? 0 : (long) ((double) sampledNanos.sum() / count * drawnFrom));
    }
}
