// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.Area;
import io.pgfault.lab.Bound;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Costs;
import io.pgfault.lab.Trial;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No handler needs fewer requests than the oracle; a handler that knows the future needs as many. */
class BoundTest {
    private static final int FIRST = 16;
    private static final int PAGES = 64;
    private static final List<Area> AREAS = List.of(
            ListSpace.area(FIRST, 24), ListSpace.area(FIRST + 24, 8, Permissions.READ), ListSpace.area(FIRST + 40, 24));

    private final LabService lab = new LabService();

    private static String trace(Random random) {
        StringBuilder lines = new StringBuilder();
        long page = FIRST;
        for (int i = 0; i < 300; i++) {
            page = random.nextInt(3) == 0 ? FIRST + random.nextInt(PAGES) : page + random.nextInt(2);
            boolean crosses = random.nextInt(8) == 0;
            lines.append(Traces.line(
                    "LSM".charAt(random.nextInt(3)), (page << 12) + (crosses ? 4092 : random.nextInt(4000)), 8));
        }
        return lines.toString();
    }

    /** Grants what the areas grant, and beside that populates what it likes, when it likes, in what order it likes. */
    private static FaultHandler random(Random random) {
        return group -> {
            if (random.nextInt(10) == 0) {
                return Disposition.DECLINED;
            }
            if (random.nextBoolean()) {
                guess(random, group);
            }
            if (random.nextInt(3) == 0) {
                group.execute(() -> {
                    guess(random, group);
                    group.respond(Handlers.populate(group));
                });
            } else {
                group.respond(Handlers.populate(group));
                guess(random, group);
            }
            if (random.nextInt(6) == 0) {
                Handlers.space(group).clearTouched((long) FIRST << 12, (long) PAGES << 12);
            }
            return Disposition.TAKEN;
        };
    }

    private static void guess(Random random, io.pgfault.api.handler.FaultGroup group) {
        for (int i = random.nextInt(12); i > 0; i--) {
            Handlers.space(group).populate(((long) FIRST + random.nextInt(PAGES)) << 12, Permissions.READ);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void noHandler_beatsTheOracle(int groupSize) throws Exception {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            Conditions conditions =
                    new Conditions(1 + random.nextInt(40), groupSize, Costs.PCIE, random.nextInt(2) * 500, seed, false);
            String trace = trace(random);
            Bound bound = lab.bound(conditions, Traces.of(trace), AREAS);
            FaultHandler guessing = random(random);
            Trial trial =
                    lab.run(conditions, Traces.of(trace), new ListSpace(AREAS), List.of(guessing, Handlers.DEMAND));
            assertThat(trial.accesses()).isEqualTo(bound.accesses());
            assertThat(trial.failed()).as("seed %d: grants all", seed).isEqualTo(bound.failed());
            assertThat(trial.groups()).as("seed %d", seed).isGreaterThanOrEqualTo(bound.groups(trial.batch()));
            assertThat(trial.requests()).as("seed %d", seed).isGreaterThanOrEqualTo(bound.groups());
            assertThat(trial.waited()).as("seed %d", seed).isGreaterThanOrEqualTo(bound.waited());
            assertThat(trial.populated()).as("seed %d", seed).isGreaterThanOrEqualTo(bound.pages());
            assertThat(trial.peak()).as("seed %d", seed).isGreaterThanOrEqualTo(bound.pages());
            assertThat(trial.tlbMisses()).as("seed %d", seed).isGreaterThanOrEqualTo(bound.tlbMisses());
            assertThat(trial.populated() - trial.unused()).as("seed %d", seed).isEqualTo(bound.pages());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aHandlerThatKnowsTheFuture_meetsTheOracle(long seed) throws Exception {
        Conditions conditions = Conditions.PCIE;
        String trace = Traces.loads(FIRST) + trace(new Random(seed));
        Bound bound = lab.bound(conditions, Traces.of(trace), AREAS);
        Trial demanded = lab.run(conditions, Traces.of(trace), new ListSpace(AREAS), List.of(Handlers.DEMAND));
        assertThat(demanded.populated()).isEqualTo(bound.pages());
        ListSpace after = new ListSpace(AREAS);
        lab.run(conditions, Traces.of(trace), after, List.of(Handlers.DEMAND));
        FaultHandler clairvoyant = group -> {
            for (long page = FIRST; page < FIRST + PAGES; page++) {
                if (after.isResident(page << 12, 0)) {
                    Handlers.space(group).populate(page << 12, Permissions.READ);
                }
            }
            group.respond(Handlers.populate(group));
            return Disposition.TAKEN;
        };
        Trial trial = lab.run(conditions, Traces.of(trace), new ListSpace(AREAS), List.of(clairvoyant));
        assertThat(trial.groups()).isEqualTo(bound.groups());
        assertThat(trial.populated()).isEqualTo(bound.pages());
        assertThat(trial.unused()).isZero();
    }
}
