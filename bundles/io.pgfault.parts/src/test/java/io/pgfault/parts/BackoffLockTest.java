// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BackoffLockTest {
    private static final int THREADS = 3;
    private static final int SECTIONS = 20_000;

    private final BackoffLock lock = new BackoffLock();
    /** The lock guards the field. */
    private int sections;

    @Test
    void lock_letsOneThreadInAtATime() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(this::count);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(sections).isEqualTo(THREADS * SECTIONS);
    }

    @Test
    void lock_ofAnInterruptedThread_waitsAndKeepsTheInterrupt() throws Exception {
        lock.lock();
        Thread thread = new Thread(() -> {
            Thread.currentThread().interrupt();
            lock.lock();
            sections = Thread.currentThread().isInterrupted() ? 1 : 2;
            lock.unlock();
        });
        thread.start();
        await().until(() -> thread.getState() == Thread.State.RUNNABLE);
        assertThat(sections).isZero();
        lock.unlock();
        thread.join();
        assertThat(sections).isEqualTo(1);
    }

    private void count() {
        for (int i = 0; i < SECTIONS; i++) {
            lock.lock();
            try {
                sections++;
            } finally {
                lock.unlock();
            }
        }
    }
}
