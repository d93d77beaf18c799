// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Endpoint;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Threads that make a device access one page after the other that it never accessed before, as fast as it goes, from
 * construction to {@link #close}. When the device goes they wait until it is back, and go on with the next page.
 */
final class Traffic implements AutoCloseable {
    private static final int THREADS = 4;
    /** Each thread has 64 GiB of pages of its own. */
    private static final int REGION = 36;

    private static final int PAGE = 4096;

    private final ServiceTracker<Endpoint, Endpoint> device;
    private final int pasid;
    private final List<Thread> threads = new ArrayList<>();
    private final Map<Endpoint.Outcome, LongAdder> outcomes = new EnumMap<>(Endpoint.Outcome.class);
    private final LongAdder requests = new LongAdder();
    private volatile CountDownLatch wanted = new CountDownLatch(0);
    private volatile Throwable failure;
    private volatile boolean stopped;

    /**
     * @param device the device's name
     * @param pasid the PASID of the accesses, {@link Pasid#NONE} for the PASID that the device is bound to
     * @param start where the pages begin
     */
    Traffic(Rig rig, String device, int pasid, long start) throws Exception {
        this.device = rig.tracker(Endpoint.class, "(" + Endpoint.DEVICE_NAME + "=" + device + ")");
        this.pasid = pasid;
        for (Endpoint.Outcome outcome : Endpoint.Outcome.values()) {
            outcomes.put(outcome, new LongAdder());
        }
        for (int i = 0; i < THREADS; i++) {
            long region = start + ((long) i << REGION);
            Thread thread = new Thread(() -> run(region), "traffic of " + device + " " + i);
            threads.add(thread);
            thread.start();
        }
    }

    private void run(long region) {
        try {
            for (long address = region; !stopped; address += PAGE) {
                Endpoint endpoint = device.waitForService(Rig.PATIENCE_MILLIS);
                if (endpoint == null) {
                    throw new IllegalStateException("the device did not come back");
                }
                Endpoint.Access access =
                        endpoint.access(pasid == Pasid.NONE ? endpoint.pasid() : pasid, address, Permissions.READ);
                outcomes.get(access.outcome()).increment();
                requests.add(access.requests());
                if (access.outcome() == Endpoint.Outcome.DONE) {
                    wanted.countDown();
                }
            }
        } catch (Exception | LinkageError e) {
            failure = e;
        }
    }

    /** Waits until so many more accesses were made. */
    void awaitDone(int accesses) throws InterruptedException {
        CountDownLatch latch = new CountDownLatch(accesses);
        wanted = latch;
        assertTrue("accesses go on; " + this, latch.await(Rig.PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
    }

    /** How many accesses ended so. */
    long count(Endpoint.Outcome outcome) {
        return outcomes.get(outcome).sum();
    }

    /** How many accesses failed. */
    long failed() {
        // Compares each count by itself: accesses go on, so a sum would add counts of different moments.
        return count(Endpoint.Outcome.INVALID) + count(Endpoint.Outcome.FAILED) + count(Endpoint.Outcome.DISCONNECTED);
    }

    /** How many page requests they took. */
    long requests() {
        return requests.sum();
    }

    /** No further accesses; whether those on their way have ended, or do so in half a second. */
    boolean ended() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join(500);
        }
        return threads.stream().noneMatch(Thread::isAlive);
    }

    /** No further accesses; those on their way must end. Idempotent. */
    @Override
    public void close() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join(Rig.PATIENCE_MILLIS);
            assertFalse(thread.getName() + " waits for ever; " + this, thread.isAlive());
        }
        device.close();
        if (failure != null) {
            throw new AssertionError(this + " broke", failure);
        }
    }

    @Override
    public String toString() {
        return "accesses " + outcomes + ", failure " + failure;
    }
}
