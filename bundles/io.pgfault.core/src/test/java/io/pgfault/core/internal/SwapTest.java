// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Handlers that leave and come back: rules R03, R04. */
class SwapTest extends CoreTest {
    private static final Duration GRACE = Duration.ofNanos(SETTINGS.graceNanos());
    private static final Duration PARK = Duration.ofNanos(SETTINGS.parkNanos());

    private final Keeper leaving = new Keeper();
    private final Keeper next = new Keeper();

    @Test
    void r03_aHandlerThatLeftMayAnswerWithinItsGraceTime() {
        Device device = device("d");
        register(0, next);
        long service = register(1, leaving);
        last(device, 1);
        core.removeHandler(service);
        pass(GRACE.minusNanos(1));

        assertThat(leaving.only().respond(ResponseCode.SUCCESS)).isTrue();
        pass(GRACE);

        assertThat(next.groups).isEmpty();
        assertThat(device.counters().get(Counter.RECALLED)).isZero();
    }

    @Test
    void r03_afterTheGraceTimeTheGroupsLeftGoToTheNextHandler() {
        Device device = device("d");
        register(0, next);
        long service = register(1, leaving);
        partial(device, 1, 0x5000);
        last(device, 1);
        core.removeHandler(service);
        last(device, 2);
        assertThat(next.only().id()).as("new groups go there at once").isEqualTo(2);

        pass(GRACE);

        Awaitility.await().until(() -> next.groups.size() == 2);
        FaultGroup recalled = next.groups.get(1);
        assertThat(recalled.address(0)).isEqualTo(0x5000);
        assertThat(recalled.respond(ResponseCode.SUCCESS)).isTrue();
        assertThat(leaving.only().respond(ResponseCode.INVALID)).isFalse();
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
        assertThat(device.counters().get(Counter.RECALLED)).isEqualTo(1);
        assertThat(device.counters().get(Counter.REFUSED)).isEqualTo(1);
    }

    @Test
    void r03_withoutANextHandlerTheGroupsWaitForOne() {
        Device device = device("d");
        long service = register(1, leaving);
        last(device, 1);
        core.removeHandler(service);
        pass(GRACE);
        Awaitility.await().until(() -> device.counters().get(Counter.PARKED) == 1);

        register(7, next);

        Awaitility.await().until(() -> next.groups.size() == 1);
        assertThat(next.only().respond(ResponseCode.SUCCESS)).isTrue();
    }

    @Test
    void r03_aGroupThatABlockedHandlerHoldsIsHandedOn() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Device device = device("d");
        registerForWorkers(0, answering(ResponseCode.SUCCESS));
        long service = registerForWorkers(1, group -> {
            blocked.countDown();
            goOn.await();
            return Disposition.DECLINED;
        });
        last(device, 1);
        assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();
        core.removeHandler(service);
        pass(GRACE);

        Awaitility.await().until(() -> driver.codes().equals(List.of(ResponseCode.SUCCESS)));
        goOn.countDown();
        core.close();

        assertThat(driver.responses()).hasSize(1);
        assertThat(device.counters().get(Counter.DECLINED))
                .as("it was not its to decline any more")
                .isZero();
    }

    @Test
    void c08_aHandlerThatThrowsWithinItsGraceTimeCostsFailureToo() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Device device = device("d");
        registerForWorkers(0, next);
        long service = registerForWorkers(1, group -> {
            blocked.countDown();
            goOn.await();
            throw new NoClassDefFoundError("the bundle is gone");
        });
        last(device, 1);
        assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();
        core.removeHandler(service);
        goOn.countDown();

        Awaitility.await().until(() -> driver.codes().equals(List.of(ResponseCode.FAILURE)));
        pass(GRACE);
        assertThat(next.groups).isEmpty();
        assertThat(device.counters().get(Counter.RECALLED)).isZero();
    }

    @Test
    void r03_aHandlerThatThrowsAfterItsGraceTimeHasLostTheGroup() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Device device = device("d");
        registerForWorkers(0, next);
        long service = registerForWorkers(1, group -> {
            blocked.countDown();
            goOn.await();
            throw new NoClassDefFoundError("the bundle is gone");
        });
        last(device, 1);
        assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();
        core.removeHandler(service);
        pass(GRACE);
        Awaitility.await().until(() -> next.groups.size() == 1);
        goOn.countDown();

        assertThat(next.only().respond(ResponseCode.SUCCESS)).isTrue();
        core.close();
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
        assertThat(device.counters().get(Counter.RECALLED)).isEqualTo(1);
    }

    @Test
    void r03_theDeadlineHoldsForRecalledGroupsToo() {
        Device device = device("d");
        long service = register(1, leaving);
        last(device, 1);
        pass(Duration.ofNanos(SETTINGS.deadlineNanos()).minus(GRACE).minusNanos(1));
        core.removeHandler(service);
        pass(GRACE);
        pass(Duration.ofNanos(1));

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(device.counters().get(Counter.TIMED_OUT)).isEqualTo(1);
    }

    @Test
    void r04_groupsWaitForTheHandlerThatLeftAndAreDispatchedWhenOneComes() {
        Device device = device("d");
        core.removeHandler(register(1, leaving));

        assertThat(partial(device, 1, 0x1000)).isEqualTo(Report.PARTIAL);
        assertThat(last(device, 1)).isEqualTo(Report.PARKED);
        pass(PARK.minusNanos(1));
        assertThat(driver.responses()).isEmpty();
        register(1, next);

        Awaitility.await().until(() -> next.groups.size() == 1);
        assertThat(next.only().size()).isEqualTo(2);
        assertThat(device.counters().get(Counter.PARKED)).isEqualTo(1);
    }

    @Test
    void r04_groupsThatWaitedInVainAreAnsweredInvalid() {
        Device device = device("d");
        core.removeHandler(register(1, leaving));
        last(device, 1);

        pass(PARK);

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(device.counters().get(Counter.TIMED_OUT)).isZero();
        register(1, next);
        assertThat(next.groups).isEmpty();
    }

    @Test
    void r04_noMoreGroupsWaitThanMay() {
        Device device = device("d");
        core.removeHandler(register(1, leaving));
        for (int i = 0; i < SETTINGS.parkedGroups(); i++) {
            assertThat(last(device, i)).isEqualTo(Report.PARKED);
        }

        assertThat(last(device, 99)).isEqualTo(Report.NO_HANDLER);

        assertThat(driver.groups()).containsExactly(99);
        assertThat(device.counters().get(Counter.LIMITED)).isEqualTo(1);
    }

    @Test
    void r04_groupsThatAreAnsweredWhileTheyWaitMakeRoom() {
        Device device = device("d");
        Device other = device("other");
        core.removeHandler(register(1, leaving));
        for (int i = 0; i < SETTINGS.parkedGroups(); i++) {
            last(device, i);
        }
        queue.remove(device);

        for (int i = 0; i < SETTINGS.parkedGroups(); i++) {
            assertThat(last(other, i)).isEqualTo(Report.PARKED);
        }
        assertThat(last(other, 99)).isEqualTo(Report.NO_HANDLER);

        register(1, next);
        Awaitility.await().until(() -> next.groups.size() == SETTINGS.parkedGroups());
        assertThat(next.groups).allMatch(group -> group.device() == other);
    }

    @Test
    void r04_removingADeviceAnswersWhatWaits() {
        Device device = device("d");
        core.removeHandler(register(1, leaving));
        last(device, 1);

        queue.remove(device);
        register(1, next);
        pass(PARK);

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(next.groups).isEmpty();
    }
}
