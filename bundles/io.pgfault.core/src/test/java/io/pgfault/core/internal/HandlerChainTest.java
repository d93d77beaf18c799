// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Taking, declining, throwing, ranking, working: rules C08, R01, R02. */
class HandlerChainTest extends CoreTest {
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

    private io.pgfault.api.handler.FaultHandler declining(String name) {
        return group -> {
            asked.add(name);
            return Disposition.DECLINED;
        };
    }

    @Test
    void c08_declinedGroupGoesDownTheRanking() {
        Keeper keeper = new Keeper();
        register(5, declining("five"));
        register(-1, keeper);
        register(10, declining("ten"));
        register(5, declining("five, registered later"));

        Device device = device("d");
        last(device, 1);

        assertThat(asked).containsExactly("ten", "five", "five, registered later");
        assertThat(keeper.only().respond(ResponseCode.SUCCESS)).isTrue();
        assertCounts(
                device.counters(), Counter.REQUESTS, 1, Counter.GROUPS, 1, Counter.DECLINED, 3, Counter.SUCCESS, 1);
    }

    @Test
    void c08_declinedByAllIsAnsweredInvalid() {
        register(1, declining("one"));
        register(2, declining("two"));

        assertThat(last(device("d"), 1)).isEqualTo(Report.CLOSED);

        assertThat(asked).containsExactly("two", "one");
        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
    }

    @Test
    void c08_inlineAndOtherHandlersFormOneChain() {
        CompletableFuture<Thread> worker = new CompletableFuture<>();
        register(3, declining("inline"));
        registerForWorkers(2, group -> {
            asked.add("worker");
            worker.complete(Thread.currentThread());
            return Disposition.DECLINED;
        });
        register(1, answering(ResponseCode.SUCCESS));

        last(device("d"), 1);

        Awaitility.await().until(() -> !driver.responses().isEmpty());
        assertThat(asked).containsExactly("inline", "worker");
        assertThat(worker.join()).isNotSameAs(Thread.currentThread());
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS);
    }

    @Test
    void c08_handlerThatThrowsCostsFailure() {
        register(0, group -> {
            throw new Exception("broken");
        });
        last(device("d"), 1);
        assertThat(driver.codes()).containsExactly(ResponseCode.FAILURE);
    }

    @Test
    void c08_handlerThatThrowsAnErrorCostsFailureAndTheWorkerGoesOn() {
        registerForWorkers(0, group -> {
            throw new AssertionError("broken");
        });
        Device device = device("d");
        for (int i = 0; i < 10; i++) {
            last(device, i);
        }
        Awaitility.await().until(() -> driver.responses().size() == 10);
        assertThat(driver.codes()).containsOnly(ResponseCode.FAILURE);
    }

    @Test
    void c08_handlerThatReturnsNullCostsFailure() {
        register(0, group -> null);
        last(device("d"), 1);
        assertThat(driver.codes()).containsExactly(ResponseCode.FAILURE);
    }

    @Test
    void c08_anAnswerStandsWhateverTheHandlerDoesAfterwards() {
        register(2, group -> {
            group.respond(ResponseCode.SUCCESS);
            return group.id() == 1 ? Disposition.DECLINED : throwing();
        });
        register(1, declining("next"));
        Device device = device("d");
        last(device, 1);
        last(device, 2);

        assertThat(asked).isEmpty();
        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS, ResponseCode.SUCCESS);
        assertThat(device.counters().get(Counter.REFUSED)).isZero();
    }

    private static Disposition throwing() {
        throw new IllegalStateException("after the answer");
    }

    @Test
    void c08_handlersOfOtherKindsAreNotAsked() {
        core.addHandler(declining("other"), 1, 99, true, Set.of("other", "more"));

        assertThat(last(device("d"), 1)).isEqualTo(Report.NO_HANDLER);

        assertThat(asked).isEmpty();
    }

    @Test
    void r02_aBetterHandlerGetsGroupsClosedFromThenOn() {
        Keeper first = new Keeper();
        Keeper better = new Keeper();
        Device device = device("d");
        register(1, first);
        last(device, 1);
        register(2, better);
        last(device, 2);

        assertThat(first.only().id()).isEqualTo(1);
        assertThat(better.only().id()).isEqualTo(2);
        assertThat(first.only().respond(ResponseCode.SUCCESS)).isTrue();
    }

    @Test
    void r02_changedPropertiesRankAHandlerAnewAndItKeepsItsGroups() {
        Keeper a = new Keeper();
        Keeper b = new Keeper();
        Device device = device("d");
        core.addHandler(a, 1, 10, true, Set.of(KIND));
        core.addHandler(b, 2, 5, true, Set.of(KIND));
        last(device, 1);

        core.addHandler(a, 1, 0, true, Set.of(KIND));
        last(device, 2);
        core.addHandler(b, 2, 5, true, Set.of("other"));
        last(device, 3);
        pass(java.time.Duration.ofSeconds(5));

        assertThat(a.groups).extracting(group -> group.id()).containsExactly(1, 3);
        assertThat(b.only().id()).isEqualTo(2);
        assertThat(device.counters().get(Counter.RECALLED)).isZero();
    }

    @Test
    void s05_executeRunsOnTheQueuesWorkers() {
        CompletableFuture<String> thread = new CompletableFuture<>();
        register(0, group -> {
            group.execute(() -> {
                thread.complete(Thread.currentThread().getName());
                group.respond(ResponseCode.SUCCESS);
            });
            return Disposition.TAKEN;
        });

        last(device("d"), 1);

        assertThat(thread.orTimeout(10, TimeUnit.SECONDS).join()).contains("unit0");
        Awaitility.await().until(() -> driver.codes().equals(List.of(ResponseCode.SUCCESS)));
    }

    @Test
    void c08_workThatThrowsCostsFailure() {
        register(0, group -> {
            group.execute(HandlerChainTest::throwing);
            return Disposition.TAKEN;
        });

        last(device("d"), 1);

        Awaitility.await().until(() -> driver.codes().equals(List.of(ResponseCode.FAILURE)));
    }
}
