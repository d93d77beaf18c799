// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.Area;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Costs;
import io.pgfault.lab.Trial;
import io.pgfault.lab.TrialStopped;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Trials of small traces, counted by hand. */
class TrialTest {
    private static final Costs COSTS = new Costs(10, 1_000, 100, 7, 50);
    private static final Conditions VIRTUAL = new Conditions(4, 1, COSTS, 0, 1, false);
    private static final Conditions REAL = new Conditions(4, 1, COSTS, 0, 1, true);
    private static final List<Area> AREAS = List.of(ListSpace.area(16, 16));

    private final LabService lab = new LabService();

    private Trial run(Conditions conditions, String trace, FaultHandler... handlers) throws Exception {
        return lab.run(conditions, Traces.of(trace), new ListSpace(AREAS), List.of(handlers));
    }

    @Test
    void onDemand_everyPageIsAskedForOnce() throws Exception {
        Trial trial = run(VIRTUAL, Traces.loads(16, 17, 16, 18, 17), Handlers.DEMAND);
        assertThat(trial.accesses()).isEqualTo(5);
        assertThat(trial.failed()).isZero();
        assertThat(trial.requests()).isEqualTo(3);
        assertThat(trial.groups()).isEqualTo(3);
        assertThat(trial.waited()).isEqualTo(3 * (1_000 + 100 + 7));
        assertThat(trial.handling()).isEqualTo(3 * 107);
        assertThat(trial.tlbHits()).isEqualTo(2);
        assertThat(trial.tlbMisses()).isEqualTo(6);
        assertThat(trial.elapsed()).isEqualTo(trial.waited() + 6 * 10);
        assertThat(trial.populated()).isEqualTo(3);
        assertThat(trial.unused()).isZero();
        assertThat(trial.ahead()).isZero();
        assertThat(trial.peak()).isEqualTo(3);
        assertThat(trial.batch()).isEqualTo(1);
    }

    @Test
    void pagesAhead_saveRequests_orAreWaste() throws Exception {
        Trial trial = run(VIRTUAL, Traces.loads(16, 17, 20), Handlers.ahead(1));
        assertThat(trial.requests()).isEqualTo(2);
        assertThat(trial.populated()).isEqualTo(4);
        assertThat(trial.ahead()).isEqualTo(1);
        assertThat(trial.unused()).isEqualTo(1);
        assertThat(trial.batch()).isEqualTo(2);
        // The page was populated 7 ns after the response, and touched after the way back and two translations.
        assertThat(trial.aheadMedian()).isEqualTo(500 + 10 + 10 - 7);
    }

    @Test
    void workAfterTheResponse_isNotThereBeforeItsTime() throws Exception {
        FaultHandler slow = group -> {
            long address = group.address(0);
            group.respond(Handlers.populate(group));
            for (int i = 0; i < 100; i++) {
                // 50 ns each: the next page comes 5 µs after the response.
                Handlers.space(group).clearTouched(address, 1);
            }
            Handlers.space(group).populate(address + 4096, Permissions.READ);
            return Disposition.TAKEN;
        };
        Trial trial = run(VIRTUAL, Traces.loads(16, 17), slow);
        assertThat(trial.requests()).as("the device is there first").isEqualTo(2);
        assertThat(trial.waited()).as("the second group waits for the worker").isGreaterThan(5_000);
        assertThat(trial.invalidations()).isEqualTo(200);
    }

    @Test
    void anInvalidation_costsTheDeviceItsTranslations() throws Exception {
        FaultHandler clearing = group -> {
            Handlers.space(group).clearTouched(16 << 12, 16 << 12);
            group.respond(Handlers.populate(group));
            return Disposition.TAKEN;
        };
        Trial trial = run(VIRTUAL, Traces.loads(16, 17, 16, 17), clearing);
        assertThat(trial.tlbMisses()).isEqualTo(5);
        assertThat(trial.tlbHits()).isEqualTo(1);
    }

    @Test
    void groupsOfFour_askForWhatComesNext() throws Exception {
        Conditions four = new Conditions(4, 4, COSTS, 0, 1, false);
        Trial trial = run(four, Traces.loads(16, 20, 16, 24, 28, 17), Handlers.DEMAND);
        assertThat(trial.groups()).isEqualTo(2);
        assertThat(trial.requests()).isEqualTo(5);
        assertThat(trial.ahead()).isZero();
        assertThat(trial.batch()).isEqualTo(4);
    }

    @Test
    void aRefusedPageInAGroup_costsTheOthersNothingButAGroup() throws Exception {
        Conditions two = new Conditions(4, 2, COSTS, 0, 1, false);
        Trial trial = run(two, Traces.loads(16, 99, 17), Handlers.DEMAND);
        assertThat(trial.failed()).isEqualTo(1);
        assertThat(trial.populated()).isEqualTo(2);
    }

    @Test
    void c08_aDeclinedGroupGoesToTheNextHandler_andR08_theFirstCanDoNothing() throws Exception {
        AtomicReference<FaultGroup> kept = new AtomicReference<>();
        List<Boolean> late = new ArrayList<>();
        FaultHandler declining = group -> {
            kept.set(group);
            return Disposition.DECLINED;
        };
        FaultHandler next = group -> {
            late.add(kept.get().respond(ResponseCode.FAILURE));
            assertThatThrownBy(() -> kept.get().address(0)).isInstanceOf(IllegalStateException.class);
            return Handlers.DEMAND.handle(group);
        };
        Trial trial = run(VIRTUAL, Traces.loads(16), declining, next);
        assertThat(late).containsExactly(false);
        assertThat(trial.failed()).isZero();
        assertThat(trial.refused()).isEqualTo(1);
        assertThat(run(VIRTUAL, Traces.loads(16), declining).failed())
                .as("declined by all: INVALID")
                .isEqualTo(1);
    }

    @Test
    void c08_aHandlerThatThrows_costsTheGroupFailure() throws Exception {
        Trial trial = run(VIRTUAL, Traces.loads(16), group -> {
            throw new IllegalStateException("broken");
        });
        assertThat(trial.failed()).isEqualTo(1);
    }

    @Test
    void c09_theFirstResponseCounts() throws Exception {
        Trial trial = run(VIRTUAL, Traces.loads(16), group -> {
            group.respond(Handlers.populate(group));
            assertThat(group.respond(ResponseCode.INVALID)).isFalse();
            assertThat(group.answered()).isTrue();
            return Disposition.TAKEN;
        });
        assertThat(trial.failed()).isZero();
        assertThat(trial.refused()).isEqualTo(1);
    }

    @Test
    void theSameSeed_givesTheSameNumbers_anotherSeedOthers() throws Exception {
        String trace = Traces.loads(16, 17, 18, 19, 20, 21);
        Trial first = run(new Conditions(4, 1, COSTS, 300, 7, false), trace, Handlers.ahead(1));
        assertThat(run(new Conditions(4, 1, COSTS, 300, 7, false), trace, Handlers.ahead(1)))
                .isEqualTo(first);
        assertThat(run(new Conditions(4, 1, COSTS, 300, 8, false), trace, Handlers.ahead(1)))
                .isNotEqualTo(first);
    }

    @Test
    void withRealThreads_theCountsAreThose_andHandlersMayHaveThreadsOfTheirOwn() throws Exception {
        FaultHandler own = group -> {
            Thread thread = new Thread(() -> group.respond(Handlers.populate(group)));
            thread.start();
            return Disposition.TAKEN;
        };
        Trial trial = run(REAL, Traces.loads(16, 17, 16, 18, 17), own);
        assertThat(trial.requests()).isEqualTo(3);
        assertThat(trial.populated()).isEqualTo(3);
        assertThat(trial.handling()).isPositive();
        assertThat(trial.waited()).isGreaterThan(3 * 1_000);
        Trial worked = run(REAL, Traces.loads(16, 17), group -> {
            group.execute(() -> group.respond(Handlers.populate(group)));
            return Disposition.TAKEN;
        });
        assertThat(worked.requests()).isEqualTo(2);
    }

    @Test
    void aHandlerThatKeepsGroups_isSentToRealThreads() {
        assertThatThrownBy(() -> run(VIRTUAL, Traces.loads(16), group -> Disposition.TAKEN))
                .isInstanceOf(TrialStopped.class)
                .hasMessageContaining("--real");
    }
}
