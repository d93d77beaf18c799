// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.lab.TrialStopped;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Resolves groups on two workers and measures how long handlers take. The device's thread waits for the response. */
public final class RealCore implements TrialCore {
    private static final int WORKERS = 2;
    /** The core answers a group INVALID that has no response by then (rule C11). */
    private static final long DEADLINE_SECONDS = 10;

    private final Device device;
    private final Domain domain;
    private final List<FaultHandler> handlers;
    private final ExecutorService workers;
    private long handling;

    /** Starts the workers. */
    public RealCore(Device device, Domain domain, List<FaultHandler> handlers) {
        this.device = device;
        this.domain = domain;
        this.handlers = List.copyOf(handlers);
        this.workers = Executors.newFixedThreadPool(WORKERS, work -> {
            Thread thread = new Thread(work, "io-pgfault-lab-worker");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public ResponseCode resolve(Requests requests) throws TrialStopped, InterruptedException {
        CountDownLatch answered = new CountDownLatch(1);
        LabGroup group = new LabGroup(device, domain, requests, workers, answered::countDown);
        long start = System.nanoTime();
        workers.execute(() -> group.offer(handlers));
        if (!answered.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            group.answerInvalid();
        }
        handling += System.nanoTime() - start;
        return group.response();
    }

    @Override
    public long handling() {
        return handling;
    }

    @Override
    public long refused() {
        return device.counters().get(Counter.REFUSED);
    }

    /** Ends the workers; work that waits is dropped. */
    @Override
    public void close() {
        workers.shutdownNow();
        try {
            workers.awaitTermination(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
