// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Groups that a report or a reject answers at once: no call that promises their response returns before the driver has
 * sent it (rules C12, C13, C19).
 */
class PromiseTest extends CoreTest {
    private static final Executor THREADS = task -> new Thread(task).start();
    private static final int SERVED = 5;

    private final CountDownLatch within = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    /** Holds the first response back until the test says so. */
    private final RecordingDriver slow = new RecordingDriver() {
        @Override
        public void pageResponse(
                Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
            within.countDown();
            try {
                assertThat(goOn.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            super.pageResponse(device, pasid, groupId, private0, private1, code);
        }
    };

    /** Why a group is answered at once. */
    enum Cause {
        NO_DOMAIN,
        NO_HANDLER,
        NO_QUEUE,
        POISONED,
        REJECTED
    }

    private Device slowDevice(Cause cause) {
        Device device = core.probe(slow, "unit0", "d", 1);
        queue.add(device);
        core.attach(device, SERVED, core.allocateDomain("nobody's", "p", io.pgfault.api.PageTable.EMPTY, false));
        if (cause == Cause.NO_QUEUE) {
            queue.remove(device);
        }
        return device;
    }

    /** The event thread, which is held up within the driver. */
    private CompletableFuture<Void> answeredAtOnce(Device device, Cause cause) throws InterruptedException {
        int pasid = cause == Cause.NO_HANDLER ? SERVED : PASID;
        CompletableFuture<Void> reporting = CompletableFuture.runAsync(
                () -> {
                    if (cause == Cause.REJECTED) {
                        reject(device, PageRequest.LAST_PAGE, 1);
                        return;
                    }
                    if (cause == Cause.POISONED) {
                        report(device, request(0, pasid, 1, 0));
                    }
                    report(device, request(PageRequest.LAST_PAGE, pasid, 1, 0));
                },
                THREADS);
        assertThat(within.await(10, TimeUnit.SECONDS)).isTrue();
        return reporting;
    }

    /** Runs {@code call} beside the held-up response; returns how many responses were out when it returned. */
    private int responsesWhenItReturned(Cause cause, Device device, Call call) throws Exception {
        CompletableFuture<Void> reporting = answeredAtOnce(device, cause);
        Thread[] caller = {null};
        CompletableFuture<Integer> returned = new CompletableFuture<>();
        caller[0] = new Thread(() -> {
            try {
                call.run();
                returned.complete(slow.responses().size());
            } catch (Throwable e) {
                returned.completeExceptionally(e);
            }
        });
        caller[0].start();
        Awaitility.await()
                .until(() -> returned.isDone()
                        || caller[0].getState() == Thread.State.TIMED_WAITING
                        || caller[0].getState() == Thread.State.WAITING);
        goOn.countDown();
        assertThat(reporting).succeedsWithin(Duration.ofSeconds(10));
        return returned.get(10, TimeUnit.SECONDS);
    }

    private interface Call {
        void run() throws Exception;
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void c12_releaseReturnsWhenTheResponseIsOut(Cause cause) throws Exception {
        Device device = slowDevice(cause);
        assertThat(responsesWhenItReturned(cause, device, () -> core.release(device)))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"NO_DOMAIN", "NO_HANDLER", "POISONED", "REJECTED"})
    void c12_removeReturnsWhenTheResponseIsOut(Cause cause) throws Exception {
        Device device = slowDevice(cause);
        assertThat(responsesWhenItReturned(cause, device, () -> queue.remove(device)))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void c13_flushReturnsWhenTheResponseIsOut(Cause cause) throws Exception {
        Device device = slowDevice(cause);
        assertThat(responsesWhenItReturned(cause, device, () -> queue.flush(device)))
                .isEqualTo(1);
    }

    @Test
    void c19_detachReturnsWhenTheResponseIsOut() throws Exception {
        Device device = slowDevice(Cause.NO_HANDLER);
        assertThat(responsesWhenItReturned(Cause.NO_HANDLER, device, () -> core.detach(device, SERVED)))
                .isEqualTo(1);
    }

    @Test
    void c12_aDriverMayReleaseTheDeviceFromWithinAResponseThatIsGivenAtOnce() {
        RecordingDriver releasing = new RecordingDriver() {
            @Override
            public void pageResponse(
                    Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
                super.pageResponse(device, pasid, groupId, private0, private1, code);
                core.release(device);
            }
        };
        Device device = core.probe(releasing, "unit0", "d", 1);
        queue.add(device);

        assertThat(CompletableFuture.supplyAsync(() -> last(device, 1), THREADS))
                .succeedsWithin(Duration.ofSeconds(10));
        assertThat(releasing.codes()).containsExactly(ResponseCode.INVALID);
    }
}
