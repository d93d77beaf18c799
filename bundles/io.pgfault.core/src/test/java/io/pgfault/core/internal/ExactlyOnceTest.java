// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** One response for each group, and its deadline: rules C09, C11. */
class ExactlyOnceTest extends CoreTest {
    private final Keeper keeper = new Keeper();

    @Test
    void c09_theFirstAnswerWinsAndLaterOnesAreRefusedAndCounted() {
        register(0, keeper);
        Device device = device("d");
        last(device, 1);

        assertThat(keeper.only().respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(keeper.only().respond(ResponseCode.INVALID)).isFalse();
        assertThat(keeper.only().respond(ResponseCode.SUCCESS)).isFalse();

        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
        assertCounts(queue.counters(), Counter.REQUESTS, 1, Counter.GROUPS, 1, Counter.SUCCESS, 1, Counter.REFUSED, 2);
    }

    @Test
    void c09_anOldReferenceNeverAnswersALaterGroupOfTheSameId() {
        register(0, keeper);
        Device device = device("d");
        partial(device, 1, 0x1000);
        last(device, 1);
        FaultGroup old = keeper.only();
        old.respond(ResponseCode.INVALID);
        partial(device, 1, 0x2000);
        last(device, 1);

        assertThat(old.respond(ResponseCode.SUCCESS)).isFalse();

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(keeper.groups.get(1).address(0)).isEqualTo(0x2000);
    }

    @Test
    void c09_answersFromManyThreadsAtOnceGiveOneResponse() throws InterruptedException {
        int groups = 2_000;
        AtomicInteger counted = new AtomicInteger();
        register(0, keeper);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        Device device = device("d");
        for (int i = 0; i < groups; i++) {
            keeper.groups.clear();
            last(device, i);
            FaultGroup group = keeper.only();
            CountDownLatch done = new CountDownLatch(4);
            for (int thread = 0; thread < 4; thread++) {
                threads.execute(() -> {
                    if (group.respond(ResponseCode.SUCCESS)) {
                        counted.incrementAndGet();
                    }
                    done.countDown();
                });
            }
            assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        }
        threads.shutdown();

        assertThat(counted).hasValue(groups);
        assertThat(driver.groups()).doesNotHaveDuplicates().hasSize(groups);
        assertThat(device.counters().get(Counter.REFUSED)).isEqualTo(3L * groups);
    }

    @Test
    void c09_aDriverThatFailsToSendCountsAsAnswered() {
        RecordingDriver failing = new RecordingDriver() {
            @Override
            public void pageResponse(
                    Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
                super.pageResponse(device, pasid, groupId, private0, private1, code);
                throw new IllegalStateException("queue error");
            }
        };
        register(0, keeper);
        Device device = core.probe(failing, "unit0", "d", 1);
        queue.add(device);
        core.attach(device, PASID, domain("p"));
        last(device, 1);

        assertThat(keeper.only().respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(keeper.only().respond(ResponseCode.SUCCESS)).isFalse();
        queue.remove(device);

        assertThat(failing.codes()).containsExactly(ResponseCode.SUCCESS);
    }

    @Test
    void c11_groupIsAnsweredInvalidAtItsDeadline() {
        register(0, keeper);
        Device device = device("d");
        last(device, 1);
        pass(Duration.ofSeconds(4));
        last(device, 2);

        pass(Duration.ofSeconds(6).minusNanos(1));
        assertThat(driver.responses()).isEmpty();
        pass(Duration.ofNanos(1));
        assertThat(driver.groups()).containsExactly(1);
        pass(Duration.ofSeconds(4));

        assertThat(driver.groups()).containsExactly(1, 2);
        assertThat(driver.codes()).containsOnly(ResponseCode.INVALID);
        assertThat(keeper.groups.get(0).respond(ResponseCode.SUCCESS)).isFalse();
        assertCounts(
                device.counters(),
                Counter.REQUESTS,
                2,
                Counter.GROUPS,
                2,
                Counter.INVALID,
                2,
                Counter.TIMED_OUT,
                2,
                Counter.REFUSED,
                1);
    }

    @Test
    void c11_whatIsDueNextIsForeseen() {
        register(0, keeper);
        Device device = device("d");
        assertThat(core.expire(77)).isEqualTo(77);
        last(device, 1);
        clock.addAndGet(1000);

        assertThat(core.expire(Long.MAX_VALUE)).isEqualTo(SETTINGS.deadlineNanos() - 1000);
    }

    @Test
    void c11_theCoresOwnTimerMeetsDeadlines() {
        Settings quick = new Settings(50_000_000, 0, 0, 1, 16, 16, 16, 1, 16);
        try (IoPageFaultCore timed = new IoPageFaultCore(quick, System::nanoTime)) {
            timed.startTimer();
            timed.addHandler(group -> Disposition.TAKEN, 1, 0, true, java.util.Set.of(KIND));
            Device device = timed.probe(driver, "u", "d", 1);
            timed.allocate("u").add(device);
            timed.attach(device, PASID, timed.allocateDomain(KIND, "p", io.pgfault.api.PageTable.EMPTY, false));
            timed.report(device, request(io.pgfault.api.PageRequest.LAST_PAGE, PASID, 1, 0));

            Awaitility.await().until(() -> driver.codes().equals(List.of(ResponseCode.INVALID)));
            assertThat(device.counters().get(Counter.TIMED_OUT)).isEqualTo(1);
        }
    }
}
