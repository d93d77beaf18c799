// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A thread of a test. What the thread throws fails the test that joins it. */
public final class TestThread {
    /** What a thread does. */
    @FunctionalInterface
    public interface Task {
        void run() throws Exception;
    }

    private static final long PATIENCE_SECONDS = 60;

    private final FutureTask<Void> task;
    private final Thread thread;

    private TestThread(Callable<Void> work) {
        this.task = new FutureTask<>(work);
        this.thread = new Thread(task);
        thread.setDaemon(true);
    }

    /** Starts a thread. */
    public static TestThread start(Task task) {
        TestThread started = new TestThread(() -> {
            task.run();
            return null;
        });
        started.thread.start();
        return started;
    }

    /** What the thread is doing now. */
    public Thread.State state() {
        return thread.getState();
    }

    /** Waits for the thread's end, for a minute at most; throws what the thread threw as the cause. */
    public void join() {
        try {
            task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a thread of the test failed", e.getCause());
        } catch (Exception e) {
            throw new AssertionError("a thread of the test is stuck", e);
        }
    }
}
