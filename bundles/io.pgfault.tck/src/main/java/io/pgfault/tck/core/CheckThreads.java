// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The threads of one check: daemon threads, as many as there is work at a time. Any thread may add work. */
public final class CheckThreads implements Executor, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final ExecutorService workers = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "io-pgfault-tck-check");
        thread.setDaemon(true);
        return thread;
    });

    /** Runs work on a thread of the check. */
    @Override
    public void execute(Runnable work) {
        workers.execute(work);
    }

    /** Runs work with a result on a thread of the check. */
    public <T> Future<T> start(Callable<T> work) {
        return workers.submit(work);
    }

    /**
     * Waits at most two minutes for a thread's result; throws the exception or {@code Error} that the thread threw.
     *
     * @throws AssertionError if the thread is stuck
     */
    public static <T> T join(Future<T> thread) throws Exception {
        try {
            return join(thread, PATIENCE);
        } catch (TimeoutException e) {
            throw new AssertionError("a thread of the check is stuck", e);
        }
    }

    /**
     * Waits for a thread's result; throws the exception or {@code Error} that the thread threw.
     *
     * @throws TimeoutException if the thread takes longer than {@code patience}; the thread has been interrupted
     */
    public static <T> T join(Future<T> thread, Duration patience) throws Exception {
        try {
            return thread.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        } catch (TimeoutException e) {
            thread.cancel(true);
            throw e;
        }
    }

    /** Interrupts every thread of the check. */
    @Override
    public void close() {
        workers.shutdownNow();
    }
}
