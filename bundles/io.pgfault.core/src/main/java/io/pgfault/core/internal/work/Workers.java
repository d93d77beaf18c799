// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.work;

import io.pgfault.parts.SpinThenPark;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * The worker threads of one fault queue.
 *
 * <p>A worker takes the list whose turn is next out of the run queue and takes pieces of its work: one piece while
 * other lists wait, so that devices take turns (rule C16), and a chunk of up to {@value Chunk#MOST} pieces otherwise.
 * The worker puts the list back before it runs the first piece. When another list comes while a worker has a chunk, the
 * worker runs a piece of the run queue and a piece of its chunk by turns. A worker that finds the run queue empty
 * steals from the chunks of the others; a worker that finds nothing at all waits as {@link SpinThenPark} says.
 *
 * <p><b>No piece is overlooked:</b> a thread that leaves work for others, in the run queue or in a chunk, looks for an
 * idle worker afterwards; a worker counts itself idle before it looks at the run queue and all chunks for the last
 * time.
 *
 * <p>Without threads of its own, for a test that decides which thread runs when, {@link #turn} does the work.
 */
public final class Workers {
    private static final System.Logger LOG = System.getLogger(Workers.class.getName());

    private final RunQueue runQueue = new RunQueue();
    private final Worker[] workers;
    /** How many workers have found nothing to do. Workers write it, every thread that leaves work reads it. */
    private final AtomicInteger idle = new AtomicInteger();
    /** Written once by {@link #stop}; workers read it before each piece. */
    private volatile boolean stopping;

    /** Workers that are running. */
    public Workers(String queue, int count) {
        workers = IntStream.range(0, count)
                .mapToObj(i -> new Worker("io-pgfault-" + queue + "-worker-" + i))
                .toArray(Worker[]::new);
        for (Worker worker : workers) {
            worker.thread.start();
        }
    }

    /** Tells the workers that work was added to a list, and wakes one of them if that is needed. Any thread. */
    public void publish(WorkList list) {
        ready(list);
    }

    /** Does for several lists what {@link #publish} does, and takes the run queue's lock once. Any thread. */
    void publishAll(List<WorkList> lists) {
        runQueue.addAll(lists);
        for (int i = Math.min(lists.size(), workers.length); i > 0; i--) {
            wakeOne();
        }
    }

    private void ready(WorkList list) {
        runQueue.add(list);
        wakeOne();
    }

    private void wakeOne() {
        if (idle.get() > 0) {
            for (Worker worker : workers) {
                if (worker.waiting.wake()) {
                    return;
                }
            }
        }
    }

    /** Runs one piece of the list whose turn is next, on the calling thread; false if no work waits. */
    public boolean turn() {
        Work work = one(new Work[1], null);
        if (work == null) {
            return false;
        }
        run(work);
        return true;
    }

    /** Takes one piece of the list whose turn is next, which is {@code mine} only if no other waits. */
    private Work one(Work[] into, WorkList mine) {
        WorkList list = runQueue.poll();
        if (list != null && list == mine) {
            runQueue.add(list);
            list = runQueue.poll();
        }
        while (list != null) {
            int n = list.take(into, 1);
            if (list.hasWork()) {
                ready(list);
            }
            if (n > 0) {
                Work work = into[0];
                into[0] = null;
                return work;
            }
            list = runQueue.poll();
        }
        return null;
    }

    private void run(Work work) {
        try {
            work.run();
        } catch (Throwable e) {
            LOG.log(System.Logger.Level.ERROR, "a piece of work failed; its worker goes on", e);
        }
        if (!stopping) {
            // One handler's interrupt has no meaning for the next handler.
            Thread.interrupted();
        }
    }

    /** Tells the workers to end, and interrupts the handlers that they run. */
    public void stop() {
        stopping = true;
        for (Worker worker : workers) {
            worker.thread.interrupt();
            worker.waiting.wake();
        }
    }

    /**
     * Waits for the workers to end, except for the caller's own thread.
     *
     * @param end of the wait, as {@code System.nanoTime} tells it
     * @return whether the workers have ended
     */
    public boolean join(long end) throws InterruptedException {
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

    private final class Worker implements Runnable {
        private final Thread thread;
        private final SpinThenPark waiting = new SpinThenPark();
        private final Chunk chunk = new Chunk();
        /** A place for one piece. Only the worker uses it. */
        private final Work[] single = new Work[1];
        /** Whether the run queue is next to be asked, before the chunk. Only the worker reads and writes it. */
        private boolean runQueuesTurn;
        /** What {@link #found} has found. Only the worker reads and writes it. */
        private Work found;

        Worker(String name) {
            thread = new Thread(this, name);
            thread.setDaemon(true);
        }

        @Override
        public void run() {
            while (!stopping) {
                Work work = next();
                if (work == null) {
                    work = awaitWork();
                }
                if (work != null) {
                    Workers.this.run(work);
                }
            }
        }

        private Work next() {
            if (chunk.left() > 0) {
                if (runQueuesTurn && runQueue.hasOtherThan(chunk.from())) {
                    runQueuesTurn = false;
                    Work work = one(single, chunk.from());
                    if (work != null) {
                        return work;
                    }
                }
                runQueuesTurn = true;
                Work work = claim();
                if (work != null) {
                    return work;
                }
            }
            return ofRunQueue();
        }

        /** Claims a piece of the own chunk. */
        private Work claim() {
            Work work = chunk.claim();
            if (work != null && chunk.left() > 0) {
                wakeOne();
            }
            return work;
        }

        /** Takes a chunk, and claims its first piece. */
        private Work ofRunQueue() {
            WorkList list = runQueue.poll();
            while (list != null) {
                chunk.fill(list, runQueue.isEmpty() ? Chunk.MOST : 1);
                if (list.hasWork()) {
                    ready(list);
                }
                Work work = claim();
                if (work != null) {
                    return work;
                }
                list = runQueue.poll();
            }
            return null;
        }

        private Work awaitWork() {
            chunk.forget();
            idle.incrementAndGet();
            waiting.await(this::found);
            idle.decrementAndGet();
            Work work = found;
            found = null;
            return work;
        }

        private boolean found() {
            if (found == null) {
                found = ofRunQueue();
            }
            if (found == null) {
                found = steal();
            }
            return found != null || stopping;
        }

        private Work steal() {
            for (Worker other : workers) {
                Work work = other == this ? null : other.chunk.claim();
                if (work != null) {
                    if (other.chunk.left() > 0) {
                        wakeOne();
                    }
                    return work;
                }
            }
            return null;
        }
    }
}
