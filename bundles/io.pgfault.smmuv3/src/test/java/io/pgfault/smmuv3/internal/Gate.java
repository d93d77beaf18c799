// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import java.util.concurrent.CountDownLatch;

/** Holds the event thread up in its next report until opened. */
final class Gate implements Runnable {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);

    @Override
    public void run() {
        reached.countDown();
        try {
            opened.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when a thread waits at the gate. */
    void awaitReached() throws InterruptedException {
        reached.await();
    }

    void open() {
        opened.countDown();
    }
}
