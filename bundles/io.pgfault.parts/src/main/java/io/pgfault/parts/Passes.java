// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.util.concurrent.TimeUnit;

/**
 * Counts the passes of one thread, the worker, through its queue, so that other threads can wait until the worker has
 * gone through the whole queue once more.
 *
 * <p>The worker calls {@link #begin} and {@link #end} around each pass, and {@link #over} when no pass will follow. Any
 * other thread calls {@link #await}. One plain lock, the monitor of the object, guards every field: a pass covers many
 * records, so its cost is not on the path of a single one.
 */
public final class Passes {
    private final Runnable request;
    /** Passes that have begun. The worker writes it, waiting threads read it, under the monitor. */
    private long begun;
    /** Passes that have ended. The worker writes it, waiting threads read it, under the monitor. */
    private long ended;
    /** Whether no pass will follow. The worker writes it, waiting threads read it, under the monitor. */
    private boolean over;

    /** @param request makes the worker begin a pass; called by waiting threads, without a lock */
    public Passes(Runnable request) {
        this.request = request;
    }

    /** The worker begins a pass. */
    public synchronized void begin() {
        begun++;
    }

    /** The worker has ended the pass that began last. */
    public synchronized void end() {
        ended = begun;
        notifyAll();
    }

    /** The worker says that it begins no further pass. Every wait ends. */
    public synchronized void over() {
        over = true;
        notifyAll();
    }

    /** Whether the worker begins no pass any more. */
    public synchronized boolean isOver() {
        return over;
    }

    /**
     * Asks for a pass that begins after this call, and returns when the worker has ended that pass or begins none any
     * more. Not called by the worker.
     *
     * @param timeoutNanos how long to wait, in nanoseconds
     * @return false if the time was over first
     * @throws InterruptedException if the calling thread is interrupted
     */
    public boolean await(long timeoutNanos) throws InterruptedException {
        long pass;
        synchronized (this) {
            pass = begun + 1;
        }
        request.run();
        long start = System.nanoTime();
        synchronized (this) {
            long left = timeoutNanos;
            while (ended < pass && !over) {
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
                left = timeoutNanos - (System.nanoTime() - start);
            }
            return true;
        }
    }
}
