// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.driver.FaultQueue;
import io.pgfault.parts.Passes;
import io.pgfault.parts.SpinThenPark;
import io.pgfault.parts.UnitLogger;
import io.pgfault.smmuv3.internal.hardware.Interrupt;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * The one thread of a unit that consumes the event queue and the PRI queue, and the receiver of the unit's interrupt.
 *
 * <p>The event thread clears {@code raised} before it reads the queues, so an interrupt that comes while it works makes
 * it look again. Whatever a pass throws, an {@code Error} included, is logged and the next pass follows (rule C21).
 * After {@value #FAILURES_MAX} failed passes in a row the unit can't go on: the event thread ends and calls what
 * {@link #start} was told.
 */
public final class EventThread implements Interrupt {
    /** Failed passes in a row after which the unit can't go on. */
    static final int FAILURES_MAX = 8;

    private final SpinThenPark waiting = new SpinThenPark();
    private final Passes passes = new Passes(this::raise);
    /** Whether the hardware has raised the interrupt. Any thread sets it; the event thread clears it. */
    private volatile boolean raised;
    /** Set once by the thread that stops the unit; the event thread reads it. */
    private volatile boolean stopping;
    /** Written once, before the thread starts; any thread reads it. */
    private volatile Thread thread;

    /** An event thread that isn't started; interrupts are remembered. */
    public EventThread() {}

    /**
     * Starts consuming. Called once.
     *
     * @param lastPasses how many passes empty the queues when the hardware records nothing new
     * @param failed called by the event thread, as the last thing, if the unit can't go on
     */
    void start(
            FaultQueue queue,
            Responses responses,
            QueueReader events,
            QueueReader pri,
            int lastPasses,
            Runnable failed) {
        Thread started = new Thread(
                () -> run(queue, responses, events, pri, lastPasses, failed), "io-pgfault-" + queue.name() + "-events");
        started.setDaemon(true);
        responses.eventThread(started);
        thread = started;
        started.start();
    }

    @Override
    public void raise() {
        if (!raised) {
            raised = true;
            waiting.wake();
        }
    }

    private void run(
            FaultQueue queue,
            Responses responses,
            QueueReader events,
            QueueReader pri,
            int lastPasses,
            Runnable failed) {
        int failures = 0;
        while (!stopping && failures < FAILURES_MAX) {
            boolean busy = true;
            raised = false;
            passes.begin();
            try {
                busy = pass(queue, responses, events, pri);
                failures = 0;
            } catch (Throwable e) {
                failures++;
                UnitLogger.of(queue.name())
                        .log(
                                Level.ERROR,
                                "%s: pass %d of %d failed; the cause says which part to correct"
                                        .formatted(queue.name(), failures, FAILURES_MAX),
                                e);
            }
            passes.end();
            if (!busy) {
                waiting.await(this::awake);
            }
        }
        if (failures == 0) {
            consumeRest(queue, responses, events, pri, lastPasses);
        }
        passes.over();
        if (failures > 0 && !stopping) {
            failed.run();
        }
    }

    private boolean awake() {
        return raised || stopping;
    }

    private static boolean pass(FaultQueue queue, Responses responses, QueueReader events, QueueReader pri) {
        queue.beginBatch();
        try {
            boolean busy = events.pass();
            return pri.pass() || busy;
        } finally {
            try {
                responses.submit();
            } finally {
                queue.endBatch();
            }
        }
    }

    /** Reports what was in the queues when the unit stopped; the core answers the requests (rule R06). */
    private static void consumeRest(
            FaultQueue queue, Responses responses, QueueReader events, QueueReader pri, int lastPasses) {
        try {
            for (int i = 0; i < lastPasses && pass(queue, responses, events, pri); i++) {
                // Another pass: what the hardware kept has moved up.
            }
        } catch (Throwable e) {
            UnitLogger.of(queue.name())
                    .log(Level.ERROR, queue.name() + ": the last pass failed; the cause says which part to correct", e);
        }
    }

    /**
     * Returns when {@code count} passes that began after the call have ended, or no pass follows. Not called by the
     * event thread.
     *
     * @return false if the time was over first
     */
    boolean awaitPasses(int count, long timeoutNanos) throws InterruptedException {
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            if (!passes.await(timeoutNanos - (System.nanoTime() - start))) {
                return false;
            }
        }
        return true;
    }

    /** Whether the caller is the event thread. */
    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /**
     * Stops the event thread after the pass that is under way and the last passes. Called by the event thread itself,
     * only says that no pass is to follow.
     *
     * @return false if the event thread has not ended within the timeout
     */
    boolean stop(long timeoutNanos) throws InterruptedException {
        stopping = true;
        waiting.wake();
        Thread started = thread;
        if (started == null) {
            // Never started: no pass will begin, so no thread must wait for one.
            passes.over();
            return true;
        }
        if (isCurrent()) {
            return true;
        }
        TimeUnit.NANOSECONDS.timedJoin(started, timeoutNanos);
        // Also if the event thread is held up: no thread that disconnects a device must wait for it.
        passes.over();
        return !started.isAlive();
    }
}
