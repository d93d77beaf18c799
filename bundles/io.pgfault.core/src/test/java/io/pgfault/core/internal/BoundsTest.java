// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Latency;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Bounds, fairness, counters, latency: rules C15, C16, C18. */
class BoundsTest extends CoreTest {
    private final Keeper keeper = new Keeper();

    @Test
    void c15_aPartialInExcessPoisonsItsGroup() {
        register(0, keeper);
        Device device = device("d");
        for (int i = 0; i < SETTINGS.partialsPerDevice(); i++) {
            assertThat(partial(device, i % 3, i)).isEqualTo(Report.PARTIAL);
        }

        assertThat(partial(device, 2, 0)).isEqualTo(Report.PARTIAL_LIMIT);

        assertThat(last(device, 2)).isEqualTo(Report.POISONED_GROUP);
        assertThat(last(device, 0)).isEqualTo(Report.CLOSED);
        assertThat(device.counters().get(Counter.LIMITED)).isEqualTo(1);
        assertThat(device.counters().get(Counter.DROPPED_PARTIALS)).isEqualTo(5);
        assertThat(partial(device, 5, 0)).as("there is room again").isEqualTo(Report.PARTIAL);
    }

    @Test
    void c15_poisonThatCantBeRememberedIsNeverGranted() {
        register(0, keeper);
        Device device = device("d");
        int bound = SETTINGS.partialsPerDevice();
        partial(device, 1000, 0);
        for (int i = 0; i < bound; i++) {
            reject(device, 0, i);
        }
        reject(device, 0, 500);

        assertThat(last(device, 500)).isEqualTo(Report.POISONED_GROUP);
        assertThat(last(device, 0)).isEqualTo(Report.POISONED_GROUP);
        assertThat(last(device, 1000)).as("known to be whole").isEqualTo(Report.CLOSED);
        queue.discardPartials();
        assertThat(last(device, 500)).isEqualTo(Report.CLOSED);
    }

    @Test
    void c15_pendingGroupsAreBoundedByDevice() {
        register(0, keeper);
        Device device = device("d");
        for (int i = 0; i < SETTINGS.pendingPerDevice(); i++) {
            assertThat(last(device, i)).isEqualTo(Report.CLOSED);
        }

        assertThat(last(device, 99)).isEqualTo(Report.PENDING_LIMIT);
        assertThat(driver.responses())
                .containsExactly(new RecordingDriver.Response("d", PASID, 99, 0, 0, ResponseCode.INVALID));
        assertThat(last(device("other"), 1)).isEqualTo(Report.CLOSED);
        assertThat(device.counters().get(Counter.LIMITED)).isEqualTo(1);

        keeper.groups.get(5).respond(ResponseCode.SUCCESS);
        assertThat(last(device, 99)).isEqualTo(Report.CLOSED);
    }

    @Test
    void c15_requestsHeldByPendingGroupsAreBoundedByDevice() {
        register(0, keeper);
        Device device = device("d");
        for (int group = 0; group < SETTINGS.requestsPerDevice() / 8; group++) {
            for (int i = 0; i < 8; i++) {
                partial(device, group, i);
            }
            assertThat(last(device, group)).isEqualTo(Report.CLOSED);
        }
        partial(device, 99, 0);

        assertThat(last(device, 99)).isEqualTo(Report.PENDING_LIMIT);
        assertThat(last(device, 98)).as("a group of one holds none").isEqualTo(Report.CLOSED);
    }

    @Test
    void c15_workThatWaitsIsBounded() throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(SETTINGS.workers());
        CountDownLatch goOn = new CountDownLatch(1);
        registerForWorkers(0, group -> {
            busy.countDown();
            goOn.await();
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        Device device = device("d");
        for (int i = 0; i < SETTINGS.workers(); i++) {
            last(device, i);
        }
        assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < SETTINGS.workDepth(); i++) {
            assertThat(last(device, 10 + i)).isEqualTo(Report.CLOSED);
        }

        assertThat(last(device, 99)).isEqualTo(Report.WORK_LIMIT);
        assertThat(driver.groups()).containsExactly(99);
        goOn.countDown();

        Awaitility.await().until(() -> driver.responses().size() == SETTINGS.workers() + SETTINGS.workDepth() + 1);
        assertThat(device.counters().get(Counter.LIMITED)).isEqualTo(1);
    }

    @Test
    void c15_aHandlersWorkWithoutRoomIsAnsweredInvalid() throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(SETTINGS.workers());
        CountDownLatch goOn = new CountDownLatch(1);
        register(0, group -> {
            group.execute(() -> {
                busy.countDown();
                await(goOn);
                group.respond(ResponseCode.SUCCESS);
            });
            return Disposition.TAKEN;
        });
        Device device = device("d");
        for (int i = 0; i < SETTINGS.workers(); i++) {
            last(device, i);
        }
        assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < SETTINGS.workDepth() + 1; i++) {
            last(device, 10 + i);
        }

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(driver.groups()).containsExactly(10 + SETTINGS.workDepth());
        goOn.countDown();
    }

    @Test
    void c16_devicesTakeTurns() throws InterruptedException {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Settings oneWorker = new Settings(Duration.ofSeconds(10).toNanos(), 0, 0, 1, 16, 1000, 16, 1, 1000);
        try (IoPageFaultCore single = new IoPageFaultCore(oneWorker, System::nanoTime)) {
            single.addHandler(
                    group -> {
                        busy.countDown();
                        goOn.await();
                        order.add(group.device().name());
                        group.respond(ResponseCode.SUCCESS);
                        return Disposition.TAKEN;
                    },
                    1,
                    0,
                    false,
                    Set.of(KIND));
            Device flooding = add(single, "flooding");
            Device quiet = add(single, "quiet");
            single.report(flooding, request(PageRequest.LAST_PAGE, PASID, 0, 0));
            assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
            for (int i = 1; i <= 500; i++) {
                single.report(flooding, request(PageRequest.LAST_PAGE, PASID, i, 0));
            }
            for (int i = 0; i < 3; i++) {
                single.report(quiet, request(PageRequest.LAST_PAGE, PASID, i, 0));
            }
            goOn.countDown();

            Awaitility.await().until(() -> order.size() == 504);
            assertThat(order.subList(0, 8)).filteredOn("quiet"::equals).hasSize(3);
        }
    }

    private Device add(IoPageFaultCore to, String name) {
        Device device = to.probe(driver, "u", name, 1);
        if (to.queues().isEmpty()) {
            to.allocate("u");
        }
        to.queues().get(0).add(device);
        to.attach(device, PASID, to.allocateDomain(KIND, name, io.pgfault.api.PageTable.EMPTY, false));
        return device;
    }

    @Test
    void c16_workersLoseNoGroupWhateverComesTogether() throws Exception {
        List<CompletableFuture<Void>> reporting = new ArrayList<>();
        int devices = 8;
        int groups = 5_000;
        Settings wide = new Settings(Duration.ofSeconds(10).toNanos(), 0, 0, 1, 16, groups, 16, 3, groups);
        try (IoPageFaultCore busy = new IoPageFaultCore(wide, System::nanoTime)) {
            busy.addHandler(answering(ResponseCode.SUCCESS), 1, 0, false, Set.of(KIND));
            for (int d = 0; d < devices; d++) {
                Device device = add(busy, "d" + d);
                reporting.add(CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < groups; i++) {
                                busy.report(device, request(PageRequest.LAST_PAGE, PASID, i, 0));
                            }
                        },
                        task -> new Thread(task).start()));
            }
            for (CompletableFuture<Void> each : reporting) {
                each.get(30, TimeUnit.SECONDS);
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> busy.queues().get(0).counters().get(Counter.SUCCESS) == (long) devices * groups);
        }
    }

    @Test
    void c18_aDevicesCountsAreCountsOfItsUnitToo() {
        register(0, answering(ResponseCode.SUCCESS));
        Device a = device("a");
        Device b = device("b");
        last(a, 1);
        last(b, 1);
        partial(b, 2, 0);
        b.counters().add(Counter.STOP_MARKERS, 2);
        queue.counters().add(Counter.OVERFLOWS, 1);

        assertCounts(a.counters(), Counter.REQUESTS, 1, Counter.GROUPS, 1, Counter.SUCCESS, 1);
        assertCounts(b.counters(), Counter.REQUESTS, 2, Counter.GROUPS, 1, Counter.SUCCESS, 1, Counter.STOP_MARKERS, 2);
        assertCounts(
                queue.counters(),
                Counter.REQUESTS,
                3,
                Counter.GROUPS,
                2,
                Counter.SUCCESS,
                2,
                Counter.STOP_MARKERS,
                2,
                Counter.OVERFLOWS,
                1);
    }

    @Test
    void c18_latencyIsTheTimeFromCloseToResponse() {
        register(0, keeper);
        Device device = device("d");
        assertThat(queue.latency()).isEqualTo(new Latency(0, 0, 0, 0, 0, 0));
        for (int i = 0; i < 10; i++) {
            last(device, i);
        }
        for (FaultGroup group : keeper.groups) {
            clock.addAndGet(1_000_000);
            group.respond(ResponseCode.SUCCESS);
        }

        Latency latency = queue.latency();
        assertThat(latency.count()).isEqualTo(10);
        assertThat(latency.p50()).isBetween(5_000_000L, 5_100_000L);
        assertThat(latency.p90()).isBetween(9_000_000L, 9_100_000L);
        assertThat(latency.max()).isBetween(10_000_000L, 10_100_000L);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
