// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.smmuv3.internal.hardware.Interrupt;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one thread of a unit that consumes its event queue and its PRI queue. Sleeps until an interrupt; an interrupt that
 * comes while it works makes it look again.
 */
public final class EventThread implements Interrupt {
    private static final System.Logger LOG = System.getLogger(EventThread.class.getName());
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition passed = lock.newCondition();
    private volatile boolean interrupted;
    private volatile boolean stopping;
    private volatile Thread thread;
    private long passes;
    private int waiting;

    /** Starts consuming. Called once. */
    void start(String unit, Responder responder, QueueReader events, QueueReader pri) {
        Thread started = new Thread(() -> run(responder, events, pri), "iopf-" + unit);
        started.setDaemon(true);
        responder.batching(started);
        thread = started;
        started.start();
    }

    @Override
    public void raise() {
        if (!interrupted) {
            interrupted = true;
            LockSupport.unpark(thread);
        }
    }

    private void run(Responder responder, QueueReader events, QueueReader pri) {
        while (!stopping) {
            interrupted = false;
            boolean busy = false;
            try {
                busy = events.pass();
                busy |= pri.pass();
                responder.endBatch();
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "A pass of " + Thread.currentThread().getName() + " failed; it goes on", e);
            }
            endPass();
            while (!busy && !interrupted && !stopping) {
                LockSupport.park(this);
            }
        }
        endPass();
    }

    private void endPass() {
        lock.lock();
        try {
            passes++;
            if (waiting > 0) {
                passed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns when {@code count} passes that began after the call have ended. On the event thread itself returns at once.
     *
     * @return false if they have not within the timeout, or the thread has stopped
     */
    boolean awaitPasses(int count, long timeoutNanos) throws InterruptedException {
        if (current()) {
            return false;
        }
        long left = timeoutNanos;
        lock.lockInterruptibly();
        try {
            waiting++;
            // The pass that is under way may have begun before the call.
            long target = passes + count + 1;
            while (passes < target && !stopping && left > 0) {
                raise();
                left -= WAIT_NANOS - Math.max(0, passed.awaitNanos(WAIT_NANOS));
            }
            return passes >= target;
        } finally {
            waiting--;
            lock.unlock();
        }
    }

    /** Whether {@link #stop} has been called: no pass begins any more. */
    boolean stopped() {
        return stopping;
    }

    /** Whether the caller is the event thread. */
    boolean current() {
        return Thread.currentThread() == thread;
    }

    /**
     * Stops after the pass that is under way.
     *
     * @return false if it has not stopped within the timeout
     */
    boolean stop(long timeoutNanos) throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        if (current()) {
            return true;
        }
        TimeUnit.NANOSECONDS.timedJoin(thread, timeoutNanos);
        return !thread.isAlive();
    }
}
