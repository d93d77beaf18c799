// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Handlers that do their worst: rules C08, C09, C11, R03. */
class HostileHandlerTest extends CoreTest {
    private final Keeper next = new Keeper();

    @Test
    void c09_anAnswerFromAnotherThreadAfterTheGroupWasRecalledAndAnsweredIsRefused() {
        Keeper leaving = new Keeper();
        Device device = device("d");
        register(0, next);
        long service = register(1, leaving);
        last(device, 1);
        core.removeHandler(service);
        pass(Duration.ofNanos(SETTINGS.graceNanos()));
        Awaitility.await().until(() -> next.groups.size() == 1);
        next.only().respond(ResponseCode.SUCCESS);

        CompletableFuture<Boolean> late = new CompletableFuture<>();
        new Thread(() -> late.complete(leaving.only().respond(ResponseCode.FAILURE))).start();

        assertThat(late).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(false);
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
        assertThat(device.counters().get(Counter.REFUSED)).isEqualTo(1);
    }

    @Test
    void c08_whateverIsThrownCostsFailureAndNothingElse() {
        List<Throwable> worst =
                List.of(new StackOverflowError(), new OutOfMemoryError(), new LinkageError(), new Unprintable());
        register(0, group -> sneak(worst.get(group.id())));
        Device device = device("d");
        for (int i = 0; i < worst.size(); i++) {
            // The log is limited to one a second, and the last one is to be printed.
            pass(Duration.ofSeconds(2));
            assertThat(last(device, i)).isEqualTo(Report.CLOSED);
        }

        assertThat(driver.codes()).hasSize(worst.size()).containsOnly(ResponseCode.FAILURE);
    }

    /** An exception whose printing fails. */
    private static final class Unprintable extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new AssertionError("can't be printed");
        }
    }

    @SuppressWarnings("unchecked") // the cast is what throws a checked exception unseen
    private static <E extends Throwable> Disposition sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void c11_handlersThatBlockForAMinuteCostTheirOwnUnitsGroupsTheDeadlineAndOthersNothing()
            throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(SETTINGS.workers());
        CountDownLatch goOn = new CountDownLatch(1);
        registerForWorkers(0, group -> {
            if (group.device().name().equals("stuck") && group.id() < 4) {
                blocked.countDown();
                goOn.await();
            }
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        Device stuck = device("stuck");
        Device other = core.probe(driver, "unit1", "other", 2);
        FaultQueue unit1 = core.allocate("unit1");
        unit1.add(other);
        core.attach(other, PASID, domain("other"));
        for (int i = 0; i < 4; i++) {
            last(stuck, i);
        }
        assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();

        last(other, 9);
        Awaitility.await().until(() -> driver.groups().equals(List.of(9)));
        pass(Duration.ofNanos(SETTINGS.deadlineNanos()));
        assertThat(stuck.counters().get(Counter.TIMED_OUT)).isEqualTo(4);
        pass(Duration.ofMinutes(1));
        assertThat(driver.responses()).as("responses while the handler blocks").hasSize(5);

        goOn.countDown();
        Awaitility.await().until(() -> stuck.counters().get(Counter.REFUSED) == SETTINGS.workers());
        last(stuck, 5);
        Awaitility.await().until(() -> stuck.counters().get(Counter.SUCCESS) == 1);
        assertThat(driver.responses()).hasSize(6);
    }

    @Test
    void c09_aGroupThatIsKeptForEverKeepsNoOtherAlive() {
        List<FaultGroup> kept = new ArrayList<>();
        List<WeakReference<FaultGroup>> others = new ArrayList<>();
        register(0, group -> {
            if (group.id() % 100 == 0) {
                kept.add(group);
            } else {
                others.add(new WeakReference<>(group));
            }
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        Device device = device("d");
        for (int i = 0; i < 5_000; i++) {
            partial(device, i, i);
            last(device, i);
        }

        Awaitility.await().until(() -> {
            System.gc();
            return others.stream().allMatch(reference -> reference.refersTo(null));
        });
        assertThat(kept).hasSize(50).allMatch(group -> !group.respond(ResponseCode.INVALID));
        assertThat(driver.responses()).hasSize(5_000);
    }

    @Test
    void c15_whatIsNeverAnsweredAndKeptForEverIsLetGoByTheCoreAtTheDeadline() {
        List<WeakReference<FaultGroup>> offered = new ArrayList<>();
        register(0, group -> {
            offered.add(new WeakReference<>(group));
            return Disposition.TAKEN;
        });
        Device device = device("d");
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < SETTINGS.pendingPerDevice() + 5; i++) {
                last(device, i);
            }
            pass(Duration.ofNanos(SETTINGS.deadlineNanos()));
        }

        assertThat(offered).hasSize(50 * SETTINGS.pendingPerDevice());
        Awaitility.await().until(() -> {
            System.gc();
            return offered.stream().allMatch(reference -> reference.refersTo(null));
        });
        assertThat(device.counters().get(Counter.TIMED_OUT)).isEqualTo(offered.size());
    }
}
