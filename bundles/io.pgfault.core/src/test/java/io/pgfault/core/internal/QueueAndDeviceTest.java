// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultGroup;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Queues, adding, removing, flushing, discarding, stopping: rules C01, C02, C12, C13, C14, R06, R07. */
class QueueAndDeviceTest extends CoreTest {
    /** A thread for each task: a pool may have fewer than wait for one another. */
    private static final Executor THREADS = task -> new Thread(task).start();

    private final Keeper keeper = new Keeper();

    @Test
    void c01_queueNamesAreUniqueUntilFreed() {
        assertThatThrownBy(() -> core.allocate("unit0"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unit0");
        queue.close();
        queue.close();
        assertThat(core.queues()).isEmpty();
        FaultQueue again = core.allocate("unit0");
        assertThat(core.queues()).containsExactly(again);
    }

    @Test
    void c01_freeingAQueueRemovesItsDevices() {
        register(0, keeper);
        Device device = device("d");
        last(device, 1);

        queue.close();

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(last(device, 2)).isEqualTo(Report.NO_QUEUE);
        assertThat(queue.devices()).isEmpty();
        assertThatThrownBy(() -> queue.add(device)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void c02_deviceWhoseDriverCantRespondIsNotSupported() {
        RecordingDriver mute = new RecordingDriver() {
            @Override
            public boolean canRespond(Device device) {
                return false;
            }
        };
        Device device = core.probe(mute, "unit0", "d", 1);

        assertThatThrownBy(() -> queue.add(device))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("not supported");
    }

    @Test
    void c02_deviceInAQueueIsBusy() {
        Device device = probe("d");
        queue.add(device);
        FaultQueue other = core.allocate("other");

        assertThatThrownBy(() -> queue.add(device))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("busy");
        assertThatThrownBy(() -> other.add(device)).hasMessageContaining("unit0");
        assertThat(queue.devices()).containsExactly(device);

        queue.remove(device);
        other.add(device);
        assertThat(other.devices()).containsExactly(device);
        assertThat(queue.devices()).isEmpty();
    }

    @Test
    void c02_devicesDoNotShareGroups() {
        register(0, keeper);
        Device a = device("a");
        Device b = device("b");
        partial(a, 1, 0x1000);
        last(b, 1);

        assertThat(keeper.only().device()).isSameAs(b);
        assertThat(keeper.only().size()).isEqualTo(1);
    }

    @Test
    void c12_removingDropsPartialsAnswersPendingAndRefusesLateAnswers() {
        register(0, keeper);
        Device device = device("d");
        partial(device, 1, 0);
        partial(device, 1, 0);
        last(device, 2);
        last(device, 3);
        FaultGroup group = keeper.groups.get(0);

        queue.remove(device);
        queue.remove(device);

        assertThat(driver.groups()).containsExactlyInAnyOrder(2, 3);
        assertThat(driver.codes()).containsOnly(ResponseCode.INVALID);
        assertThat(group.respond(ResponseCode.SUCCESS)).isFalse();
        assertThat(last(device, 4)).isEqualTo(Report.NO_QUEUE);
        assertThat(driver.responses()).hasSize(3);
        assertCounts(
                queue.counters(),
                Counter.REQUESTS,
                5,
                Counter.GROUPS,
                3,
                Counter.INVALID,
                3,
                Counter.REFUSED,
                1,
                Counter.DROPPED_PARTIALS,
                2);
    }

    @Test
    void c12_removingWaitsForAResponseThatIsUnderWay() throws InterruptedException {
        CountDownLatch within = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        RecordingDriver slow = new RecordingDriver() {
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
        register(0, keeper);
        Device device = core.probe(slow, "unit0", "d", 1);
        queue.add(device);
        core.attach(device, PASID, domain("p"));
        last(device, 1);

        CompletableFuture<Boolean> answer =
                CompletableFuture.supplyAsync(() -> keeper.only().respond(ResponseCode.SUCCESS), THREADS);
        assertThat(within.await(10, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Integer> removal = CompletableFuture.supplyAsync(
                () -> {
                    queue.remove(device);
                    return slow.responses().size();
                },
                THREADS);
        // Once the device is in no queue, the removal waits for nothing but the response.
        Awaitility.await().until(() -> partial(device, 2, 0) == Report.POISONED);
        assertThat(removal).isNotDone();
        goOn.countDown();

        assertThat(removal).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(1);
        assertThat(answer).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(true);
        assertThat(slow.codes()).containsExactly(ResponseCode.SUCCESS);
    }

    @Test
    void c12_aDriverMayRemoveTheDeviceFromWithinAResponse() {
        RecordingDriver removing = new RecordingDriver() {
            @Override
            public void pageResponse(
                    Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
                super.pageResponse(device, pasid, groupId, private0, private1, code);
                queue.remove(device);
            }
        };
        register(0, keeper);
        Device device = core.probe(removing, "unit0", "d", 1);
        queue.add(device);
        core.attach(device, PASID, domain("p"));
        last(device, 1);
        last(device, 2);

        keeper.groups.get(0).respond(ResponseCode.FAILURE);

        assertThat(removing.codes()).containsExactly(ResponseCode.FAILURE, ResponseCode.INVALID);
    }

    @Test
    void c13_flushReturnsWhenTheGroupsClosedBeforeAreAnswered() {
        register(0, keeper);
        Device device = device("d");
        last(device, 1);
        CompletableFuture<Void> flush = CompletableFuture.runAsync(() -> flush(device), THREADS);

        assertThat(flush).isNotDone();
        keeper.only().respond(ResponseCode.SUCCESS);

        assertThat(flush).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void c13_flushDoesNotWaitForPartialsAndOtherDevices() {
        register(0, keeper);
        Device device = device("d");
        partial(device, 1, 0);
        last(device("other"), 1);

        assertThat(CompletableFuture.runAsync(() -> flush(device), THREADS)).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void c13_theDeadlineEndsAFlush() {
        register(0, keeper);
        Device device = device("d");
        last(device, 1);
        CompletableFuture<Void> flush = CompletableFuture.runAsync(() -> flush(device), THREADS);

        pass(Duration.ofNanos(SETTINGS.deadlineNanos()));

        assertThat(flush).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void c13_aFlushThatReachesTheDeadlineLeavesNothingUnanswered() throws Exception {
        Settings settings = new Settings(Duration.ofMillis(20).toNanos(), 1, 1, 8, 16, 32, 64, 2, 16);
        try (IoPageFaultCore core = new IoPageFaultCore(settings, System::nanoTime)) {
            core.addHandler(keeper, 1, 0, true, Set.of(KIND));
            FaultQueue queue = core.allocate("u");
            Device device = core.probe(driver, "u", "d", 1);
            queue.add(device);
            core.attach(device, PASID, core.allocateDomain(KIND, "late timer", PageTable.EMPTY, false));
            core.report(device, request(PageRequest.LAST_PAGE, PASID, 1, 0));

            queue.flush(device);

            assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
            assertCounts(
                    device.counters(),
                    Counter.REQUESTS,
                    1,
                    Counter.GROUPS,
                    1,
                    Counter.INVALID,
                    1,
                    Counter.TIMED_OUT,
                    1);
        }
    }

    @Test
    void c14_discardingDropsPartialsAndPoisonsOfAllDevicesAndAnswersNothing() {
        register(0, keeper);
        Device a = device("a");
        Device b = device("b");
        partial(a, 1, 0);
        partial(b, 1, 0);
        partial(b, 1, 0);
        reject(b, 0, 2);
        last(a, 9);

        queue.discardPartials();

        assertThat(driver.responses()).isEmpty();
        assertThat(queue.counters().get(Counter.DISCARDED_PARTIALS)).isEqualTo(3);
        assertThat(a.counters().get(Counter.DISCARDED_PARTIALS)).isEqualTo(1);
        assertThat(last(b, 1)).isEqualTo(Report.CLOSED);
        assertThat(last(b, 2)).isEqualTo(Report.CLOSED);
        assertThat(keeper.groups).extracting(FaultGroup::size).containsOnly(1);
        assertThat(keeper.groups.get(0).respond(ResponseCode.SUCCESS))
                .as("pending groups stay")
                .isTrue();
    }

    @Test
    void r06_devicesOfAUnitAreReleasedThroughTheirDriver() {
        register(0, keeper);
        Device device = device("d");
        Device other = core.probe(driver, "unit1", "other", 2);
        last(device, 1);

        core.removeUnit("unit0");

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(driver.domains()).contains("detach d " + PASID, "detach d -1");
        assertThat(last(device, 2)).isEqualTo(Report.RELEASED);
        assertThat(queue.devices()).isEmpty();
        assertThatThrownBy(() -> queue.add(device))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("released");
        assertThat(last(other, 1)).isEqualTo(Report.NO_QUEUE);

        Device back = device("d");
        assertThat(last(back, 1)).isEqualTo(Report.CLOSED);
    }

    @Test
    void r07_stoppingAnswersEverythingAlthoughAHandlerBlocks() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(2);
        CountDownLatch never = new CountDownLatch(1);
        registerForWorkers(0, group -> {
            blocked.countDown();
            while (never.getCount() > 0) {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.interrupted();
                }
            }
            return io.pgfault.api.handler.Disposition.TAKEN;
        });
        Device device = device("d");
        for (int i = 0; i < 10; i++) {
            last(device, i);
        }
        assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();

        long start = System.nanoTime();
        core.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(driver.groups()).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(driver.codes()).containsOnly(ResponseCode.INVALID);
        assertThat(last(device, 11)).isEqualTo(Report.RELEASED);
        never.countDown();
    }

    @Test
    void r07_nothingCanBeMadeAfterTheStop() {
        core.close();
        core.close();

        assertThatThrownBy(() -> core.allocate("q")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> probe("d")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void requestsOfForeignDevicesAreRefusedWithAReason() {
        Device foreign = new Device() {
            @Override
            public String name() {
                return "foreign";
            }

            @Override
            public int id() {
                return 0;
            }

            @Override
            public String unit() {
                return "unit0";
            }

            @Override
            public io.pgfault.api.Counters counters() {
                return queue.counters();
            }
        };

        assertThatThrownBy(() -> report(foreign, request(PageRequest.LAST_PAGE, PASID, 1, 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("probe");
    }

    private void flush(Device device) {
        try {
            queue.flush(device);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
