// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a handler does with a group that the core has taken back from it: rule R08. */
class LostGroupTest extends CoreTest {
    private static final Duration GRACE = Duration.ofNanos(SETTINGS.graceNanos());

    private final Keeper former = new Keeper();
    private final Keeper next = new Keeper();

    /** A group that {@link #former} took and lost, and that {@link #next} has now. */
    private FaultGroup recalled(Device device) {
        register(0, next);
        long service = register(1, former);
        last(device, 1);
        core.removeHandler(service);
        pass(GRACE);
        Awaitility.await().until(() -> next.groups.size() == 1);
        return former.only();
    }

    @Test
    void r08_anAnswerAfterTheRecallIsRefusedAndCountedAndTheGroupStaysWithTheNextHandler() {
        Device device = device("d");
        FaultGroup lost = recalled(device);

        assertThat(lost.respond(ResponseCode.FAILURE)).isFalse();

        assertThat(driver.codes()).isEmpty();
        assertThat(device.counters().get(Counter.REFUSED)).isEqualTo(1);
        assertThat(next.only().respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
    }

    @Test
    void r08_workAfterTheRecallIsNotRunAndCountedAsRefused() {
        Device device = device("d");
        FaultGroup lost = recalled(device);
        AtomicBoolean ran = new AtomicBoolean();
        CountDownLatch later = new CountDownLatch(1);

        lost.execute(() -> {
            ran.set(true);
            throw new IllegalStateException("late, on purpose");
        });
        next.only().execute(later::countDown);

        Awaitility.await().until(() -> later.getCount() == 0);
        assertThat(ran).isFalse();
        assertThat(driver.codes()).isEmpty();
        assertThat(device.counters().get(Counter.REFUSED)).isEqualTo(1);
        assertThat(next.only().respond(ResponseCode.SUCCESS)).isTrue();
    }

    @Test
    void r08_workThatWaitedForAWorkerWhenItsHandlerLostTheGroupIsNotRun() throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(SETTINGS.workers());
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean ran = new AtomicBoolean();
        Device device = device("d");
        register(0, next);
        long service = register(1, group -> {
            if (group.id() == 1) {
                group.execute(() -> {
                    ran.set(true);
                    throw new IllegalStateException("late, on purpose");
                });
            } else {
                group.execute(() -> {
                    busy.countDown();
                    await(goOn);
                    group.respond(ResponseCode.SUCCESS);
                });
            }
            return Disposition.TAKEN;
        });
        for (int i = 0; i < SETTINGS.workers(); i++) {
            last(device, 10 + i);
        }
        assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
        last(device, 1);
        core.removeHandler(service);
        pass(GRACE);
        goOn.countDown();

        Awaitility.await().until(() -> next.groups.stream().anyMatch(group -> group.id() == 1));
        assertThat(ran).isFalse();
        assertThat(driver.groups()).doesNotContain(1);
    }

    @Test
    void r08_whatAHandlerThrowsAfterTheRecallIsLoggedOnlyAlsoFromWorkThatRuns() throws InterruptedException {
        CountDownLatch within = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Device device = device("d");
        register(0, next);
        long service = register(1, group -> {
            group.execute(() -> {
                within.countDown();
                await(goOn);
                over.countDown();
                throw new IllegalStateException("late, on purpose");
            });
            return Disposition.TAKEN;
        });
        last(device, 1);
        assertThat(within.await(10, TimeUnit.SECONDS)).isTrue();
        core.removeHandler(service);
        pass(GRACE);
        Awaitility.await().until(() -> next.groups.size() == 1);
        goOn.countDown();
        assertThat(over.await(10, TimeUnit.SECONDS)).isTrue();

        assertThat(next.only().respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
    }

    @Test
    void r08_aHandlerThatDeclinedDecidesNothingAnyMore() {
        List<FaultGroup> declined = new ArrayList<>();
        Device device = device("d");
        register(0, next);
        register(1, group -> {
            declined.add(group);
            return Disposition.DECLINED;
        });
        last(device, 1);

        assertThat(declined.get(0).respond(ResponseCode.FAILURE)).isFalse();
        declined.get(0).execute(() -> declined.get(0).respond(ResponseCode.FAILURE));

        assertThat(next.only().respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
        assertThat(device.counters().get(Counter.REFUSED)).isEqualTo(2);
    }

    @Test
    void r08_theSameHandlerRegisteredAgainHasAnotherViewThanTheOneItLost() {
        Device device = device("d");
        long service = register(1, former);
        last(device, 1);
        core.removeHandler(service);
        pass(GRACE);
        register(1, former);
        Awaitility.await().until(() -> former.groups.size() == 2);

        assertThat(former.groups.get(0).respond(ResponseCode.INVALID)).isFalse();
        assertThat(former.groups.get(0).answered()).as("no answer of it counts").isTrue();
        assertThat(former.groups.get(1).answered()).isFalse();
        assertThat(former.groups.get(1).respond(ResponseCode.SUCCESS)).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
