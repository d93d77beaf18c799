// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Threads of a test; what one of them throws fails the test. */
final class Crew implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "crew");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Future<?>> tasks = new ArrayList<>();

    /** Has a thread of its own do something. */
    void start(Callable<?> task) {
        tasks.add(threads.submit(task));
    }

    /** Returns when everything started is done. */
    void join(long seconds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        for (Future<?> task : tasks) {
            try {
                task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw new AssertionError("a thread is stuck", e);
            }
        }
        tasks.clear();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
