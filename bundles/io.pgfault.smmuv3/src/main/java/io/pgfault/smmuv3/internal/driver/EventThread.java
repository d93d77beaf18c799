// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.driver.FaultQueue;
import io.pgfault.smmuv3.internal.hardware.Interrupt;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one thread of a unit that consumes its event queue and its PRI queue. Sleeps until an interrupt; an interrupt that
 * comes while it works makes it look again.
 *
 * <p>To sleep and be woken costs both threads more than some hundred groups do. So while interrupts come in quick
 * succession the thread looks for the next one for a while, and lets others have the processor meanwhile, before it sleeps.
 */
public final class EventThread implements Interrupt {
    private static final System.Logger LOG = System.getLogger(EventThread.class.getName());
    /** How long to look for an interrupt before sleeping. */
    private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    /** How often to look before letting others have the processor. */
    private static final int SPINS = 100;

    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition passed = lock.newCondition();
    private volatile boolean interrupted;
    private volatile boolean sleeping;
    private volatile boolean stopping;
    private volatile Thread thread;
    private long passes;
    private int waiting;

    /** Starts consuming. Called once. */
    void start(FaultQueue queue, Responder responder, QueueReader events, QueueReader pri) {
        Thread started = new Thread(() -> run(queue, responder, events, pri), "iopf-" + queue.name());
        started.setDaemon(true);
        responder.batching(started);
        thread = started;
        started.start();
    }

    @Override
    public void raise() {
        if (!interrupted) {
            interrupted = true;
            if (sleeping) {
                LockSupport.unpark(thread);
            }
        }
    }

    private void run(FaultQueue queue, Responder responder, QueueReader events, QueueReader pri) {
        boolean quick = false;
        while (!stopping) {
            interrupted = false;
            boolean busy = false;
            queue.beginBatch();
            try {
                busy = events.pass();
                busy |= pri.pass();
                responder.endBatch();
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "A pass of " + Thread.currentThread().getName() + " failed; it goes on", e);
            } finally {
                queue.endBatch();
            }
            endPass();
            if (!busy) {
                quick = awaitInterrupt(quick);
            }
        }
        endPass();
    }

    /**
     * Waits for an interrupt.
     *
     * @param look whether to look for it before sleeping
     * @return whether looking for the next one is worth while
     */
    @SuppressWarnings("ThreadPriorityCheck") // a hint is all that the yield is meant to be
    private boolean awaitInterrupt(boolean look) {
        long start = System.nanoTime();
        boolean looking = look;
        for (int i = 0; looking && !interrupted && !stopping; i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
                looking = System.nanoTime() - start < LOOK_NANOS;
            }
        }
        if (interrupted) {
            return true;
        }
        sleeping = true;
        while (!interrupted && !stopping) {
            LockSupport.park(this);
        }
        sleeping = false;
        // Waking up takes about as long.
        return System.nanoTime() - start < 2 * LOOK_NANOS;
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
