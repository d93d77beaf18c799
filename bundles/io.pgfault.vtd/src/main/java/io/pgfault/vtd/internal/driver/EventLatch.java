// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.vtd.internal.hardware.EventLine;

/**
 * Where the event thread waits for the hardware's event, and where others wait for the event thread. Each event, however
 * often it came since, makes the event thread go through the queue once: a pass.
 */
public final class EventLatch implements EventLine {
    private boolean signalled;
    private boolean stopping;
    private boolean over;
    private long started;
    private long finished;

    /** The hardware's event. */
    @Override
    public synchronized void message(long address, int data) {
        signalled = true;
        notifyAll();
    }

    /** For the event thread: waits for an event and begins a pass; false when it is to end, after one last pass. */
    synchronized boolean awaitEvent() throws InterruptedException {
        while (!signalled && !stopping) {
            wait();
        }
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
