// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells one listener, on one thread at a time, that there is something new, and makes no thread wait for another one.
 *
 * <p>A driver inserts commands under a lock and then rings. Ringing makes the hardware execute commands, and the
 * hardware calls devices, so a thread that rings may be away for long. A thread that rings meanwhile leaves its ring to
 * that thread and returns.
 *
 * <p><b>Algorithm:</b> flat combining in its smallest form, a drain loop with a counter of work in progress. Each ring
 * has a number. {@code state} holds the number of the last ring, and how many rings no finished call of the listener
 * covers (<em>open</em> rings). The thread that raises the open rings from 0 is the <em>ringing thread</em>. The
 * ringing thread reads {@code state}, calls the listener, subtracts the open rings that it read, and repeats until none
 * is left.
 *
 * <p><b>Invariant:</b> there are open rings exactly while there is a ringing thread. Each ring is followed by a call of
 * the listener that begins after the ring was counted, because the ringing thread subtracts a ring only if it read the
 * ring before it called the listener. So no ring is lost, and calls of the listener never overlap.
 *
 * <p>Any thread may call any method. No method allocates.
 */
public final class Doorbell {
    /** One more ring in {@link #state}, and one more that is open. */
    private static final long RING = (1L << 32) + 1;

    private static final int SPINS = 100;

    private final Runnable listener;
    /**
     * Number of the last ring 63:32, open rings 31:0. Every thread that rings adds {@link #RING}; the ringing thread
     * subtracts open rings.
     */
    private final AtomicLong state = new AtomicLong();
    /**
     * The last ring that a finished call of the listener covers. The ringing thread writes it; waiting threads read it.
     */
    private volatile int covered;
    /**
     * The ringing thread while it calls the listener, else {@code null}. The ringing thread writes it. Every other
     * thread only compares it with itself, so a stale value does no harm.
     */
    private volatile Thread ringing;
    /** How many threads wait in {@link #ringAndAwait}. Those threads write it; the ringing thread reads it. */
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * A doorbell.
     *
     * @param listener what a ring calls; the listener looks for all that has been inserted so far and returns when that
     *     is done
     */
    public Doorbell(Runnable listener) {
        this.listener = listener;
    }

    /**
     * Has the listener called once more, on this thread or on the ringing thread; the call begins after this one.
     *
     * <p>What the listener throws reaches the caller of the ringing thread, after every open ring has had its call.
     */
    public void ring() {
        if (open(state.getAndAdd(RING)) == 0) {
            answer();
        }
    }

    /**
     * Rings as {@link #ring} does, and returns when the call of the listener that the ring asked for has ended.
     *
     * <p>The ringing thread doesn't wait when the listener itself calls this method: the thread would wait for itself.
     * An interrupt doesn't end the wait; the interrupt flag is set again afterwards.
     *
     * @param timeoutNanos how long to wait for the ringing thread, in nanoseconds
     * @return false if the time was over first, or if the caller is the ringing thread
     */
    public boolean ringAndAwait(long timeoutNanos) {
        long before = state.getAndAdd(RING);
        if (open(before) == 0) {
            answer();
            return true;
        }
        return !isRinging() && await(number(before) + 1, timeoutNanos);
    }

    /** Whether the listener is being called by the calling thread. */
    public boolean isRinging() {
        return ringing == Thread.currentThread();
    }

    /** Whether a call of the listener is under way or due. */
    public boolean isBusy() {
        return open(state.get()) != 0;
    }

    private void answer() {
        Throwable thrown = null;
        long seen = state.get();
        do {
            ringing = Thread.currentThread();
            try {
                listener.run();
            } catch (RuntimeException | Error e) {
                thrown = first(thrown, e);
            }
            // Written before the last subtraction: after it another thread may be the ringing thread.
            ringing = null;
            covered = number(seen);
            wakeWaiting();
            seen = state.addAndGet(-open(seen));
        } while (open(seen) != 0);
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw (RuntimeException) thrown;
        }
    }

    private static Throwable first(Throwable earlier, Throwable later) {
        if (earlier == null || earlier == later) {
            return later;
        }
        earlier.addSuppressed(later);
        return earlier;
    }

    private static long open(long state) {
        return state & 0xffff_ffffL;
    }

    private static int number(long state) {
        return (int) (state >>> 32);
    }

    private void wakeWaiting() {
        if (waiting.get() > 0) {
            synchronized (waiting) {
                waiting.notifyAll();
            }
        }
    }

    private boolean await(int ring, long timeoutNanos) {
        for (int i = 0; i < SPINS; i++) {
            if (covers(ring)) {
                return true;
            }
            Thread.onSpinWait();
        }
        boolean interrupted = false;
        waiting.incrementAndGet();
        synchronized (waiting) {
            long start = System.nanoTime();
            long left = timeoutNanos;
            while (!covers(ring) && left > 0) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(waiting, left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                left = timeoutNanos - (System.nanoTime() - start);
            }
        }
        waiting.decrementAndGet();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return covers(ring);
    }

    private boolean covers(int ring) {
        return covered - ring >= 0;
    }
}
