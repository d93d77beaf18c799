// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.vtd.internal.hardware.EventLine;
import java.util.concurrent.TimeUnit;

/**
 * Where the event thread waits for the hardware's event, and where others wait for the event thread. Each event, however
 * often it came since, makes the event thread go through the queue once: a pass.
 *
 * <p>To sleep and be woken costs both threads more than some hundred groups do. So while events come in quick succession
 * the event thread looks for the next one for a while, and lets others have the processor meanwhile, before it sleeps.
 */
public final class EventLatch implements EventLine {
    /** How long to look for an event before sleeping. */
    private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    /** How often to look before letting others have the processor. */
    private static final int SPINS = 100;

    private volatile boolean signalled;
    private volatile boolean stopping;
    private volatile boolean sleeping;
    /** Whether the last event came within the time that is spent looking; the event thread's own. */
    private boolean quick;

    private boolean over;
    private long started;
    private long finished;

    /** The hardware's event. */
    @Override
    public void message(long address, int data) {
        signalled = true;
        if (sleeping) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** For the event thread: waits for an event and begins a pass; false when it is to end, after one last pass. */
    boolean awaitEvent() throws InterruptedException {
        if (!signalled) {
            look();
        }
        return begin();
    }

    @SuppressWarnings("ThreadPriorityCheck") // a hint is all that the yield is meant to be
    private void look() throws InterruptedException {
        long start = System.nanoTime();
        for (int i = 0; quick && !signalled && !stopping; i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
                quick = System.nanoTime() - start < LOOK_NANOS;
            }
        }
        if (!signalled && !stopping) {
            sleep();
            // Waking up takes about as long.
            quick = System.nanoTime() - start < 2 * LOOK_NANOS;
        }
    }

    private synchronized void sleep() throws InterruptedException {
        sleeping = true;
        try {
            while (!signalled && !stopping) {
                wait();
            }
        } finally {
            sleeping = false;
        }
    }

    private synchronized boolean begin() {
        if (over) {
            return false;
        }
        over = stopping;
        signalled = false;
        started++;
        return true;
    }

    /** For the event thread: the pass is done. */
    synchronized void passed() {
        finished++;
        notifyAll();
    }

    /** For the event thread: there will be no more passes. */
    synchronized void ended() {
        over = true;
        stopping = true;
        finished = Long.MAX_VALUE;
        notifyAll();
    }

    /** Whether the event thread has ended. */
    synchronized boolean isOver() {
        return finished == Long.MAX_VALUE;
    }

    /** Makes the event thread end after one last pass. */
    synchronized void stop() {
        stopping = true;
        notifyAll();
    }

    /**
     * Has the event thread make a pass that begins from now on, and waits until it is done, the event thread has ended,
     * or {@code System.nanoTime()} has come to {@code until}; returns false in the last case. Not called on the event
     * thread.
     */
    synchronized boolean awaitPass(long until) throws InterruptedException {
        long pass = started + 1;
        signalled = true;
        notifyAll();
        while (finished < pass) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(1 + left / 1_000_000);
        }
        return true;
    }
}
