// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * The unit's event thread: waits until the fault queue has something to read or somebody wakes it, reads until there is
 * nothing more, reports, and writes the answers that came meanwhile. It reads only when the queue says that there is
 * something, so a descriptor whose read would block is as good as the kernel's.
 */
final class EventThread implements Runnable {
    private static final Logger LOG = System.getLogger(EventThread.class.getName());

    private final String unit;
    private final SystemCalls calls;
    private final int queue;
    private final int wake;
    private final FaultDescriptor descriptor;
    private final GroupReports reports;
    private final PassLatch latch;
    private final Thread thread;
    private volatile boolean stopping;
    private boolean gone;

    /**
     * A thread that is not started yet.
     *
     * @param queue the fault queue, to wait for
     */
    EventThread(String unit, SystemCalls calls, int queue, FaultDescriptor descriptor, GroupReports reports)
            throws CallFailed {
        this.unit = unit;
        this.calls = calls;
        this.queue = queue;
        this.wake = calls.event();
        this.descriptor = descriptor;
        this.reports = reports;
        this.latch = new PassLatch(this::wake);
        this.thread = new Thread(this, unit + "-faults");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Waits until the fault queue has been empty once since the call; false if it was not within the time. */
    boolean awaitPass(long timeoutNanos) throws InterruptedException {
        return latch.await(timeoutNanos);
    }

    /** Ends the thread after a last pass, then closes what it waited on. */
    void stop(long timeoutNanos) throws CallFailed {
        stopping = true;
        wake();
        try {
            TimeUnit.NANOSECONDS.timedJoin(thread, timeoutNanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            // The event stays open: its number must not become somebody else's under that thread.
            LOG.log(
                    Level.WARNING,
                    "{0}: the event thread is still busy; a handler that runs inline doesn''t return",
                    unit);
            thread.interrupt();
        } else {
            calls.close(wake);
        }
    }

    private void wake() {
        try {
            calls.signal(wake);
        } catch (CallFailed e) {
            LOG.log(Level.ERROR, unit + ": the event thread could not be woken", e);
        }
    }

    @Override
    public void run() {
        try {
            while (!stopping && !gone) {
                int ready = calls.poll(queue, wake, true);
                if ((ready & SystemCalls.WOKEN) != 0) {
                    calls.clear(wake);
                }
                latch.begin();
                try {
                    pass();
                } finally {
                    latch.end();
                }
            }
        } catch (CallFailed e) {
            LOG.log(
                    Level.ERROR,
                    unit + ": the fault queue can't be read any more, no fault will come; restart the unit",
                    e);
        } finally {
            latch.over();
        }
    }

    private void pass() throws CallFailed {
        int ready = calls.poll(queue, wake, false);
        while ((ready & SystemCalls.READABLE) != 0) {
            int count = descriptor.read();
            if (count == 0) {
                break;
            }
            reports.report(count);
            descriptor.flush();
            ready = calls.poll(queue, wake, false);
        }
        descriptor.flush();
        if ((ready & SystemCalls.GONE) != 0) {
            gone = true;
            LOG.log(
                    Level.WARNING,
                    "{0}: the other end of the fault queue is gone, no fault will come; restart the unit",
                    unit);
        }
    }
}
