// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.space;

/** The time of a trial, in nanoseconds from its beginning. */
public interface TrialClock {
    /** The time now. */
    long now();

    /** Lets time pass that a piece of work takes; nothing in real time, where the work takes its own. */
    void spend(long nanos);

    /** A clock that shows the machine's time. Any thread. */
    static TrialClock real() {
        long start = System.nanoTime();
        return new TrialClock() {
            @Override
            public long now() {
                return System.nanoTime() - start;
            }

            @Override
            public void spend(long nanos) {
                // The work itself takes the time.
            }
        };
    }

    /** A clock that stands still unless it is told. One thread. */
    final class Virtual implements TrialClock {
        private long now;

        @Override
        public long now() {
            return now;
        }

        @Override
        public void spend(long nanos) {
            now += nanos;
        }

        /** Goes to a time, forwards or back: the device and the worker have times of their own. */
        public void set(long time) {
            now = time;
        }
    }
}
