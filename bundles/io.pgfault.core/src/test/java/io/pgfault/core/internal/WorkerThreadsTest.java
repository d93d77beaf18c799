// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The workers' threads: rules C16, C21. */
class WorkerThreadsTest extends CoreTest {
    private static List<Thread> workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("io-pgfault-unit0-"))
                .filter(thread -> !thread.getName().contains("events"))
                .toList();
    }

    /** An idle thread whose interrupt flag stays set finds every park over at once, and spins. */
    @Test
    void c21_aStrangersInterruptDoesNotKeepAnIdleWorkerBusy() {
        List<Thread> workers = workers();
        assertThat(workers).hasSizeGreaterThanOrEqualTo(SETTINGS.workers());
        Awaitility.await().until(() -> workers.stream().allMatch(WorkerThreadsTest::waits));

        workers.forEach(Thread::interrupt);

        Awaitility.await().until(() -> workers.stream().allMatch(thread -> waits(thread) && !thread.isInterrupted()));
        registerForWorkers(0, answering(ResponseCode.SUCCESS));
        Device device = device("d");
        last(device, 1);
        Awaitility.await().until(() -> driver.codes().equals(List.of(ResponseCode.SUCCESS)));
    }

    private static boolean waits(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
    }

    /** Groups that arrive together go to one worker first; a handler that blocks must not keep the others. */
    @Test
    void c16_aHandlerThatBlocksHoldsUpOnlyItsOwnGroup() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        registerForWorkers(0, group -> {
            if (group.id() == 0) {
                blocked.countDown();
                goOn.await();
            }
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        Device device = device("d");
        queue.beginBatch();
        for (int i = 0; i < SETTINGS.workDepth(); i++) {
            last(device, i);
        }
        queue.endBatch();
        assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();

        Awaitility.await().until(() -> driver.responses().size() == SETTINGS.workDepth() - 1);
        assertThat(driver.groups()).doesNotContain(0);
        goOn.countDown();
        Awaitility.await().until(() -> driver.responses().size() == SETTINGS.workDepth());
    }
}
