// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
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

    private final AtomicReferenceArray<Stripe> stripes = new AtomicReferenceArray<>(STRIPES);
    private final LongAdder otherCalls = new LongAdder();
    private final LongAdder otherNanos = new LongAdder();

    /** What one thread counts. */
    private static final class Stripe {
        private static final VarHandle CALLS = field("calls");
        private static final VarHandle NANOS = field("nanos");

        final long owner;
        /** Written by the owner, read by any thread. */
        private long calls;
        /** As {@code calls}: nanoseconds, extrapolated. */
        private long nanos;

        Stripe(long owner) {
            this.owner = owner;
        }

        private static VarHandle field(String name) {
            try {
                return MethodHandles.lookup()
                        .findVarHandle(Stripe.class, name, long.class)
                        .withInvokeExactBehavior();
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    /**
     * The calling thread is about to call the handler.
     *
     * @return what {@link #ended} wants: when the call began, 0 if it is not measured
     */
    long began() {
        long thread = Thread.currentThread().getId();
        Stripe stripe = stripes.get((int) thread & (STRIPES - 1));
        if (stripe == null) {
            stripe = claim(thread);
        }
        if (stripe.owner != thread) {
            otherCalls.increment();
            return (otherCalls.intValue() & (SAMPLE - 1)) == 1 ? System.nanoTime() | 1 : 0;
        }
        long before = stripe.calls;
        Stripe.CALLS.setOpaque(stripe, before + 1);
        return (before & (SAMPLE - 1)) == 0 ? System.nanoTime() | 1 : 0;
    }

    /** The handler has returned to the thread that {@link #began}. */
    void ended(long began) {
        if (began != 0) {
            measured((System.nanoTime() - began) * SAMPLE);
        }
    }

    private void measured(long nanos) {
        long thread = Thread.currentThread().getId();
        Stripe stripe = stripes.get((int) thread & (STRIPES - 1));
        if (stripe.owner == thread) {
            Stripe.NANOS.setOpaque(stripe, stripe.nanos + nanos);
        } else {
            otherNanos.add(nanos);
        }
    }

    private Stripe claim(long thread) {
        int at = (int) thread & (STRIPES - 1);
        Stripe fresh = new Stripe(thread);
        Stripe other = stripes.compareAndExchange(at, null, fresh);
        return other == null ? fresh : other;
    }

    /** How many calls there were. Any thread. */
    public long calls() {
        long sum = otherCalls.sum();
        for (int i = 0; i < STRIPES; i++) {
            Stripe stripe = stripes.get(i);
            sum += stripe == null ? 0 : (long) Stripe.CALLS.getOpaque(stripe);
        }
        return sum;
    }

    /** How many nanoseconds the calls took, extrapolated. Any thread. */
    public long nanos() {
        long sum = otherNanos.sum();
        for (int i = 0; i < STRIPES; i++) {
            Stripe stripe = stripes.get(i);
            sum += stripe == null ? 0 : (long) Stripe.NANOS.getOpaque(stripe);
        }
        return sum;
    }
}
