// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.bind.SvaHandler;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Units side by side, one handler serving both, either stopped and started again while the other works. */
class UnitsComeAndGoTest {
    private static final long START = 0x10_0000_0000L;
    private static final long PAGES = 1L << 24;
    private static final int READ = Permissions.READ;
    private static final int THREADS = 4;
    private static final int RESTARTS = 15;
    private static final Duration POLL = Duration.ofMillis(5);

    @ParameterizedTest
    @CsvSource({
        "VTD_PRI, SMMUV3_STALL",
        "SMMUV3_STALL, VTD_PRI",
        "SMMUV3_PRI, VTD_PRI",
        "VTD_PRI, VTD_PRI",
        "SMMUV3_PRI, SMMUV3_STALL"
    })
    void r06_oneUnitIsStoppedAndStartedWhileTheOtherWorks(Way stays, Way goes) throws Exception {
        try (StartedCore core = new StartedCore(Duration.ofSeconds(30));
                RunningUnit other = stays.open(core.faults(), "stays");
                Crew crew = new Crew()) {
            core.serve(Sva.DOMAIN_KIND, true, new SvaHandler());
            Sva sva = Memory.sva(core.faults());
            AddressSpace space =
                    sva.create("shared", List.of(new Area(START, START + PAGES * 4096 - 1, READ, true, 0, "")));
            WatchedUnit steady = new WatchedUnit(other.unit());
            AtomicLong next = new AtomicLong();
            AtomicLong worked = new AtomicLong();
            AtomicBoolean stop = new AtomicBoolean();
            try (TestDevice device = stays.device(steady, "steady", 0x10);
                    Binding binding = sva.bind(device.device(), space)) {
                for (int i = 0; i < THREADS; i++) {
                    crew.start(() -> {
                        while (!stop.get()) {
                            assertThat(access(device, binding.pasid(), next)).isEqualTo(Outcome.DONE);
                            worked.incrementAndGet();
                        }
                        return null;
                    });
                }
                for (int round = 0; round < RESTARTS; round++) {
                    long before = worked.get();
                    restart(core, sva, space, goes, next);
                    Awaitility.await("the other unit works in round " + round)
                            .pollInterval(POLL)
                            .atMost(10, TimeUnit.SECONDS)
                            .until(() -> worked.get() > before);
                }
                stop.set(true);
                crew.join(30);
                steady.drain();
                assertThat(device.unexpected()).isZero();
            }
            assertThat(steady.violations()).isEmpty();
            assertThat(steady.answered()).isEqualTo(steady.asked());
            assertThat(core.faults().queues()).extracting(q -> q.name()).containsExactly("stays");
        }
    }

    /** A unit comes, its device faults from several threads, and the unit goes in the middle of that. */
    private static void restart(StartedCore core, Sva sva, AddressSpace space, Way way, AtomicLong next)
            throws Exception {
        AtomicLong done = new AtomicLong();
        try (Crew crew = new Crew();
                RunningUnit running = way.open(core.faults(), "goes")) {
            WatchedUnit unit = new WatchedUnit(running.unit());
            TestDevice device = way.device(unit, "guest", 0x20);
            int pasid = sva.bind(device.device(), space).pasid();
            for (int i = 0; i < THREADS; i++) {
                crew.start(() -> {
                    Outcome outcome = Outcome.DONE;
                    while (outcome == Outcome.DONE) {
                        outcome = access(device, pasid, next);
                        done.incrementAndGet();
                    }
                    assertThat(outcome).isIn(Outcome.DISCONNECTED, Outcome.INVALID);
                    return null;
                });
            }
            Awaitility.await("the unit works")
                    .pollInterval(POLL)
                    .atMost(10, TimeUnit.SECONDS)
                    .until(() -> done.get() > 200);
            core.unitGoes("goes");
            running.close();
            crew.join(10);
            assertThat(unit.violations()).isEmpty();
            assertThat(unit.answered()).isLessThanOrEqualTo(unit.asked());
            assertThat(device.unexpected()).isZero();
        }
    }

    private static Outcome access(TestDevice device, int pasid, AtomicLong next) throws InterruptedException {
        return device.access(pasid, START + next.getAndIncrement() % PAGES * 4096, READ, translation -> {})
                .outcome();
    }

    /** The handler holds every group: what is open when the device leaves is answered once, and every access ends. */
    @ParameterizedTest
    @EnumSource
    void c12_a09_aDeviceLeavesWithItsFaultsOutstanding(Way way) throws Exception {
        int accesses = 200;
        try (StartedCore core = new StartedCore(Duration.ofSeconds(60));
                RunningUnit running = way.open(core.faults(), "unit0");
                Crew crew = new Crew()) {
            Queue<FaultGroup> held = new ConcurrentLinkedQueue<>();
            core.serve("held", false, group -> {
                held.add(group);
                return Disposition.TAKEN;
            });
            WatchedUnit unit = new WatchedUnit(running.unit());
            TestDevice device = way.device(unit, "leaves", 7);
            hold(core, device);
            for (int i = 0; i < accesses; i++) {
                long address = 0x1000L * i;
                crew.start(() -> {
                    assertThat(device.access(1, address, READ, translation -> {})
                                    .outcome())
                            .isIn(Outcome.INVALID, Outcome.DISCONNECTED);
                    return null;
                });
            }
            Awaitility.await("all are outstanding").atMost(10, TimeUnit.SECONDS).until(() -> held.size() == accesses);
            long start = System.nanoTime();
            device.close();
            crew.join(10);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat(unit.violations()).isEmpty();
            assertThat(unit.asked()).isEqualTo(accesses);
            assertThat(unit.answered()).isEqualTo(accesses);
            assertThat(device.unexpected()).isZero();
            for (FaultGroup group : held) {
                assertThat(group.respond(ResponseCode.SUCCESS))
                        .as("an answer that comes later")
                        .isFalse();
            }
            assertThat(unit.answered()).isEqualTo(accesses);
            assertThat(running.unit().queue().counters().get(Counter.INVALID)).isEqualTo(accesses);
            returns(core, running.unit(), way, held);
        }
    }

    /** Its id is free again, and faults of the next device with it are its own. */
    private static void returns(StartedCore core, Unit unit, Way way, Queue<FaultGroup> held) throws Exception {
        held.clear();
        try (TestDevice device = way.device(unit, "returns", 7);
                Crew crew = new Crew()) {
            hold(core, device);
            crew.start(() -> {
                assertThat(device.access(1, 0x1000, READ, translation -> {}).outcome())
                        .isEqualTo(Outcome.INVALID);
                return null;
            });
            Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> held.size() == 1);
            assertThat(held.remove().respond(ResponseCode.INVALID)).isTrue();
            crew.join(10);
        }
    }

    private static void hold(StartedCore core, TestDevice device) {
        PageTable empty = address -> Translation.NONE;
        Domain domain = core.faults().allocateDomain("held", "held", empty, true);
        core.faults().attach(device.device(), Pasid.NONE, domain);
        core.faults().attach(device.device(), 1, domain);
    }
}
