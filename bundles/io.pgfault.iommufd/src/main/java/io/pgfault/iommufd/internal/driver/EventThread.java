// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.parts.Passes;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * The unit's event thread: polls the fault queue and the {@link WakeUp}, reads groups until the queue is empty, reports
 * the groups, and writes the responses that other threads left meanwhile. The thread reads only after poll has said
 * that the queue is readable, so a descriptor whose read would block serves as well as the kernel's.
 *
 * <p>A queue may be readable although a read brings nothing: the first group doesn't fit the buffer, or the descriptor
 * fails. The event thread grows the buffer up to its bound. After that the event thread pauses before the next poll,
 * for 1 ms at first and {@value #LONGEST_PAUSE_MILLIS} ms at most, because poll would return at once.
 *
 * <p>When the event thread can't go on (the descriptor fails, the other end is gone, an {@code Error}), the event
 * thread logs the reason and calls {@code failed}, once, as its last act (rule C21).
 */
final class EventThread implements Runnable {
    private static final int FOR_EVER = -1;
    private static final int NO_DESCRIPTOR = -1;
    private static final int LONGEST_PAUSE_MILLIS = 100;

    private final String unit;
    private final SystemCalls calls;
    private final int queue;
    private final WakeUp wakeUp;
    private final FaultDescriptor descriptor;
    private final GroupReports reports;
    private final Runnable failed;
    private final Passes passes;
    private final Thread thread;
    private final Logger logger;
    private final RateLimitedLog log;
    /** Set by the thread that stops the unit; the event thread reads it before each pass. */
    private volatile boolean stopping;

    /**
     * A thread that is not started yet.
     *
     * @param queue the fault queue's descriptor, for poll
     * @param failed called by the event thread, as its last act, if the event thread ends without {@link #stop}
     */
    EventThread(
            String unit,
            SystemCalls calls,
            int queue,
            WakeUp wakeUp,
            FaultDescriptor descriptor,
            GroupReports reports,
            Runnable failed) {
        this.unit = unit;
        this.logger = UnitLogger.of(unit);
        this.log = new RateLimitedLog(logger);
        this.calls = calls;
        this.queue = queue;
        this.wakeUp = wakeUp;
        this.descriptor = descriptor;
        this.reports = reports;
        this.failed = failed;
        this.passes = new Passes(wakeUp::wake);
        this.thread = new Thread(this, "io-pgfault-" + unit + "-events");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /**
     * Waits until the event thread has found the fault queue empty once since the call. Not on the event thread.
     *
     * @return false if the time limit passed first
     */
    boolean awaitPass(long timeoutNanos) throws InterruptedException {
        return passes.await(timeoutNanos);
    }

    /** Ends the event thread after its present pass, then closes the wake-up. */
    void stop(long timeoutNanos) throws CallFailed {
        stopping = true;
        wakeUp.wake();
        try {
            TimeUnit.NANOSECONDS.timedJoin(thread, timeoutNanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            // The event thread still polls the wake-up: after a close the kernel would give its number to another file.
            logger.log(
                    Level.WARNING,
                    "{0}: the event thread is still busy; a handler that runs inline doesn''t return",
                    unit);
            thread.interrupt();
        } else {
            wakeUp.close();
        }
    }

    @Override
    public void run() {
        try {
            loop();
        } catch (CallFailed | RuntimeException | Error e) {
            logger.log(
                    Level.ERROR,
                    unit + ": the event thread can't go on; the unit answers everything and leaves, configure it again",
                    e);
        } finally {
            passes.over();
            if (!stopping) {
                failed.run();
            }
        }
    }

    private void loop() throws CallFailed {
        int pauseMillis = 0;
        while (!stopping) {
            int ready = pauseMillis == 0
                    ? calls.poll(queue, wakeUp.descriptor(), FOR_EVER)
                    : calls.poll(NO_DESCRIPTOR, wakeUp.descriptor(), pauseMillis);
            if ((ready & SystemCalls.WOKEN) != 0) {
                wakeUp.clear();
            }
            Found found;
            passes.begin();
            try {
                found = pass();
            } finally {
                passes.end();
            }
            if (found == Found.GONE) {
                logger.log(
                        Level.WARNING,
                        "{0}: the other end of the fault queue is gone; the unit answers everything and leaves,"
                                + " configure it again",
                        unit);
                return;
            }
            pauseMillis = found == Found.STUCK ? Math.min(2 * pauseMillis + 1, LONGEST_PAUSE_MILLIS) : 0;
        }
    }

    /** The state of the fault queue at the end of a pass. */
    private enum Found {
        /** The fault queue is empty. */
        EMPTY,
        /** The fault queue is readable and a read brings nothing, or the kernel takes no response now. */
        STUCK,
        /** The other end is gone. */
        GONE
    }

    private Found pass() throws CallFailed {
        boolean stuck = false;
        int ready = look();
        while ((ready & SystemCalls.READABLE) != 0 && !stuck) {
            int count = descriptor.read();
            if (count > 0) {
                reports.report(count);
                descriptor.flush();
            } else if (!descriptor.grow()) {
                log.warning(() -> unit + ": the fault queue is readable, and a read brings no group; faults wait while"
                        + " the unit tries again every " + LONGEST_PAUSE_MILLIS + " ms");
                stuck = true;
            }
            ready = look();
        }
        descriptor.flush();
        if ((ready & SystemCalls.GONE) != 0) {
            return Found.GONE;
        }
        return stuck || descriptor.isStalled() ? Found.STUCK : Found.EMPTY;
    }

    private int look() throws CallFailed {
        return calls.poll(queue, wakeUp.descriptor(), 0);
    }
}
