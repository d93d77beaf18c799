// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import java.util.concurrent.TimeUnit;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * When the records of a recording are due in a replay. The first record is due at once; a later record is due after the
 * time that passed in the recording since the first, divided by the speed. A replay that is late waits for nothing
 * until it has caught up. One thread, the one of the replay.
 */
public final class Pace {
    /** Time, and waiting. */
    @ConsumerType
    public interface Clock {
        /** Nanoseconds since an arbitrary moment. */
        long nanoTime();

        /** Waits for so many nanoseconds, more than 0. */
        void sleep(long nanos) throws InterruptedException;
    }

    /** A record that is due this soon is fed at once: a thread sleeps no shorter. */
    private static final long AT_ONCE_NANOS = 20_000;

    /** Null: every record is due at once. */
    private final Clock clock;

    private final double speed;
    private boolean begun;
    private long firstNanos;
    private long firstAt;

    private Pace(Clock clock, double speed) {
        this.clock = clock;
        this.speed = speed;
    }

    /** Every record is due at once. */
    public static Pace asFastAsPossible() {
        return new Pace(null, 0);
    }

    /**
     * The pace of the recording, times {@code speed}.
     *
     * @param speed 1 for the recorded pace, 2 for twice as fast
     * @throws IllegalArgumentException unless the speed is finite and more than 0
     */
    public static Pace of(double speed) {
        return of(speed, new Clock() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void sleep(long nanos) throws InterruptedException {
                TimeUnit.NANOSECONDS.sleep(nanos);
            }
        });
    }

    /** A pace on another clock, see {@link #of(double)}. */
    public static Pace of(double speed, Clock clock) {
        if (!(speed > 0) || Double.isInfinite(speed)) {
            throw new IllegalArgumentException("a speed is a number greater than 0, got " + speed);
        }
        return new Pace(clock, speed);
    }

    /**
     * Waits until a record is due.
     *
     * @param nanos the record's time in the recording, in nanoseconds; never less than that of the record before
     */
    void awaitDue(long nanos) throws InterruptedException {
        if (clock == null) {
            return;
        }
        if (!begun) {
            begun = true;
            firstNanos = nanos;
            firstAt = clock.nanoTime();
            return;
        }
        long due = (long) ((nanos - firstNanos) / speed);
        long left = due - (clock.nanoTime() - firstAt);
        while (left > AT_ONCE_NANOS) {
            clock.sleep(left);
            left = due - (clock.nanoTime() - firstAt);
        }
    }
}
