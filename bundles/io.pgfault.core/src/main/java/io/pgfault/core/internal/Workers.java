// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * The worker threads of one fault queue. Each takes the first device of the ring, one piece of its work, and runs it. A
 * worker that finds none looks again for a while if work came soon the last time, because sleeping and waking up cost more
 * than some hundred groups; then it says that it is idle, looks once more, and parks. Whoever adds to the ring looks for an
 * idle one afterwards. Without threads of its own, for a test that decides who runs when, {@link #turn} does the work.
 */
final class Workers {
    private static final System.Logger LOGGER = System.getLogger(Workers.class.getName());

    /** How long an idle worker looks for work before it sleeps, while work comes that soon. */
    private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    /** How often it looks before it lets others have the processor. */
    private static final int SPINS = 100;

    private final DeviceRing ring = new DeviceRing();
    private final AtomicInteger idle = new AtomicInteger();
    private final Worker[] workers;
    private volatile boolean stopped;

    Workers(String queue, int count) {
        workers = IntStream.range(0, count)
                .mapToObj(i -> new Worker("io-pgfault-" + queue + "-" + i))
                .toArray(Worker[]::new);
        for (Worker worker : workers) {
            worker.thread.start();
        }
    }

    /** A device that had no work has some. */
    void ready(DeviceWork device) {
        ring.add(device);
        wakeOne();
    }

    /** Runs one piece of the first device's work; false if none waits. */
    boolean turn() {
        DeviceWork device = ring.poll();
        if (device == null) {
            return false;
        }
        runOne(device);
        return true;
    }

    /** Tells the workers to end, and interrupts what they do. */
    void stop() {
        stopped = true;
        for (Worker worker : workers) {
            worker.thread.interrupt();
        }
    }

    /**
     * Waits for the workers to end, not for the caller's own thread.
     *
     * @param end of the wait, as {@code System.nanoTime} tells it
     * @return whether they have ended
     */
    boolean join(long end) throws InterruptedException {
        for (Worker worker : workers) {
            if (worker.thread != Thread.currentThread()) {
                TimeUnit.NANOSECONDS.timedJoin(worker.thread, Math.max(1, end - System.nanoTime()));
                if (worker.thread.isAlive()) {
                    return false;
                }
            }
        }
        return true;
    }

    private void wakeOne() {
        if (idle.get() > 0) {
            for (Worker worker : workers) {
                if (worker.wake()) {
                    return;
                }
            }
        }
    }

    private void runOne(DeviceWork device) {
        Work work = device.first();
        if (device.take()) {
            ring.add(device);
        }
        if (idle.get() > 0 && !ring.isEmpty()) {
            wakeOne();
        }
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            LOGGER.log(System.Logger.Level.ERROR, "a worker failed and goes on", e);
        }
        if (!stopped) {
            // A handler's interrupt is not the next handler's.
            Thread.interrupted();
        }
    }

    private final class Worker implements Runnable {
        private static final int AWAKE = 0;
        private static final int IDLE = 1;

        private final AtomicInteger state = new AtomicInteger(AWAKE);
        private final Thread thread;
        /** Whether work came soon the last time; only the worker's own. */
        private boolean quick;

        Worker(String name) {
            thread = new Thread(this, name);
            thread.setDaemon(true);
        }

        @Override
        public void run() {
            while (!stopped) {
                DeviceWork device = look();
                if (device == null) {
                    device = idle();
                }
                if (device != null) {
                    runOne(device);
                }
            }
        }

        @SuppressWarnings("ThreadPriorityCheck") // a hint is all that the yield is meant to be
        private DeviceWork look() {
            DeviceWork device = ring.poll();
            long start = device == null && quick ? System.nanoTime() : 0;
            for (int i = 0; device == null && quick && !stopped; i++) {
                if (i < SPINS) {
                    Thread.onSpinWait();
                    device = ring.hasWork() ? ring.poll() : null;
                } else {
                    Thread.yield();
                    device = ring.poll();
                    quick = System.nanoTime() - start < LOOK_NANOS;
                }
            }
            return device;
        }

        private DeviceWork idle() {
            long start = System.nanoTime();
            state.set(IDLE);
            idle.incrementAndGet();
            DeviceWork device = ring.poll();
            while (device == null && state.get() == IDLE && !stopped) {
                LockSupport.park(Workers.this);
            }
            if (state.compareAndSet(IDLE, AWAKE)) {
                idle.decrementAndGet();
            }
            quick = System.nanoTime() - start < LOOK_NANOS;
            return device;
        }

        private boolean wake() {
            if (!state.compareAndSet(IDLE, AWAKE)) {
                return false;
            }
            idle.decrementAndGet();
            LockSupport.unpark(thread);
            return true;
        }
    }
}
