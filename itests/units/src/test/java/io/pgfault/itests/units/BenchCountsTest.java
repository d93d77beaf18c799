// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.bench.Bench;
import io.pgfault.bench.Load;
import io.pgfault.bench.Measured.Throughput;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a bench counts has faulted: for every vendor, endpoint, handler, group size and number of devices. */
class BenchCountsTest {
    private static final long MEASURED_NANOS = TimeUnit.MILLISECONDS.toNanos(30);
    /** Requests that the unit's queue holds: 4096 (VT-d) and 1024 (SMMUv3), see {@link Way}. */
    private static final long ROOM = 1024;

    static Stream<Arguments> combinations() {
        return Stream.of(Way.values())
                .flatMap(way -> Stream.of(BenchedUnit.Handler.values()).flatMap(handler -> Stream.of(1, 8)
                        .filter(size -> size == 1 || way != Way.SMMUV3_STALL)
                        .flatMap(size -> Stream.of(1, 3)
                                // 100 groups fit the queue; of 1,200 some wait for room, and a device uses two PASIDs.
                                .flatMap(devices -> Stream.of(100, 1_200)
                                        .filter(out -> out == 100 || way != Way.SMMUV3_STALL)
                                        .map(out -> Arguments.of(way, handler, size, devices, out))))));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void c18_theGroupsOfABenchAreTheGroupsOfTheCore(
            Way way, BenchedUnit.Handler handler, int groupSize, int devices, int outstanding) throws Exception {
        Load load = new Load(devices, outstanding, groupSize, way == Way.SMMUV3_STALL);
        try (StartedCore core = new StartedCore(Duration.ofSeconds(30));
                RunningUnit unit = way.open(core.faults(), "unit")) {
            BenchedUnit target = new BenchedUnit(core, unit.unit(), way, handler, load.pasids());
            try (Bench bench = new Bench(load, target, ROOM)) {
                bench.throughput(MEASURED_NANOS);
                Throughput measured = bench.throughput(MEASURED_NANOS);

                assertThat(measured.groups()).as("groups").isPositive();
                assertThat(measured.hits())
                        .as("transactions that did not fault")
                        .isZero();
                assertThat(measured.uncounted())
                        .as("groups that the core did not count")
                        .isZero();
                assertThat(measured.refused()).as("groups not answered SUCCESS").isZero();
                assertThat(unit.unit().queue().counters().get(Counter.OVERFLOWS))
                        .as("overflows")
                        .isZero();
                assertThat(measured.requests()).as("requests of the groups").isEqualTo(measured.groups() * groupSize);
            }
        }
    }
}
