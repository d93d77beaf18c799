// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The taps of a unit: plug-ins that are shown each record that the unit consumes.
 *
 * <p>Any thread adds and removes taps. {@link #show} is called by one thread at a time, because all taps are shown the
 * same view. Showing allocates nothing. A tap that throws, an {@code Error} included, is logged at a limited rate; the
 * other taps are shown the record all the same (rule C21).
 *
 * @param <T> the tap
 * @param <A> what a tap is told beside the record, for example a response code
 */
public final class Taps<T, A> {
    private final Call<T, A> call;
    private final RateLimitedLog log;
    /** The registrations, replaced as a whole under the monitor; {@link #show} reads it without a lock. */
    private volatile Registration<?>[] registrations = {};

    /** How a tap is called. */
    @FunctionalInterface
    public interface Call<T, A> {
        /**
         * Shows {@code record}, from its position to its limit, in little-endian order, to {@code tap}.
         *
         * @param about what the tap is told beside the record
         */
        void show(T tap, ByteBuffer record, A about);
    }

    /**
     * No taps yet.
     *
     * @param logger where a tap that throws is named
     * @param call how a tap is called; not capturing, so that showing allocates nothing
     */
    public Taps(System.Logger logger, Call<T, A> call) {
        this.log = new RateLimitedLog(logger);
        this.call = call;
    }

    /** Adds a tap until the result is closed. Closing twice does nothing; other registrations of the same tap stay. */
    public synchronized AutoCloseable add(T tap) {
        Registration<T> registration = new Registration<>(tap);
        Registration<?>[] more = Arrays.copyOf(registrations, registrations.length + 1);
        more[more.length - 1] = registration;
        registrations = more;
        return () -> remove(registration);
    }

    private synchronized void remove(Registration<T> registration) {
        registrations = Arrays.stream(registrations)
                .filter(other -> other != registration)
                .toArray(Registration<?>[]::new);
    }

    /** Whether there is no tap. */
    public boolean isEmpty() {
        return registrations.length == 0;
    }

    /**
     * Shows one record to every tap.
     *
     * @param view a read-only view of the memory that holds the record; its position and limit are changed
     * @param offset the record's first byte in {@code view}
     * @param length the record's size in bytes
     */
    @SuppressWarnings("unchecked") // add() puts in nothing but Registration<T>
    public void show(ByteBuffer view, int offset, int length, A about) {
        for (Registration<?> registration : registrations) {
            T tap = ((Registration<T>) registration).tap;
            try {
                view.order(ByteOrder.LITTLE_ENDIAN).limit(offset + length).position(offset);
                call.show(tap, view, about);
            } catch (Throwable e) {
                log.error(() -> "tap " + tap.getClass().getName() + " threw; the other taps go on", e);
            }
        }
    }

    /** One call of {@link #add}. */
    private static final class Registration<T> {
        private final T tap;

        Registration(T tap) {
            this.tap = tap;
        }
    }
}
