// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.bind.SvaHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The smallest queues there are, and devices that fault faster than the driver reads. */
class OverflowTest {
    private static final long START = 0x1_0000_0000L;
    private static final int PAGES = Boolean.getBoolean("soak") ? 100_000 : 20_000;

    /** A ring of two entries loses most of what is sent: enough overflows in less time. */
    private static final int PAGES_OF_TWO_ENTRIES = Boolean.getBoolean("soak") ? 20_000 : 4_000;

    private static final int READ_WRITE = Permissions.READ | Permissions.WRITE;

    /**
     * Single requests from one device, groups of several from another; each request takes the next unused page. Each
     * device has a half of the pages, so that neither can have taken all of them before the other begins.
     */
    @ParameterizedTest
    @EnumSource
    void v02_a05_a08_everythingArrivesAndEveryGroupIsAnsweredOnce(Way way) throws Exception {
        int pages = way == Way.SMMUV3_PRI ? PAGES_OF_TWO_ENTRIES : PAGES;
        try (StartedCore core = new StartedCore(Duration.ofSeconds(30));
                RunningUnit running = way.openSmallest(core.faults(), "unit0");
                Crew crew = new Crew()) {
            core.serve(Sva.DOMAIN_KIND, true, new SvaHandler());
            WatchedUnit unit = new WatchedUnit(running.unit());
            Sva sva = Memory.sva(core.faults());
            AddressSpace space =
                    sva.create("all", List.of(new Area(START, START + pages * 4096L - 1, READ_WRITE, false, 0, "")));
            int half = way == Way.SMMUV3_STALL ? pages : pages / 2;
            AtomicLong next = new AtomicLong();
            AtomicLong nextOfGroups = new AtomicLong(half);
            AtomicLongArray frames = new AtomicLongArray(pages);
            try (TestDevice single = way.device(unit, "single", 0x10);
                    Binding binding = sva.bind(single.device(), space);
                    GroupDevice partial = way == Way.SMMUV3_STALL ? null : new GroupDevice(unit, "partial", 0x12);
                    Binding ofPartial = partial == null ? null : sva.bind(partial.device(), space)) {
                if (partial != null) {
                    // A group whose last request never comes: the first overflow discards it.
                    partial.begin(ofPartial.pasid(), 0, START, READ_WRITE);
                    unit.drain();
                }
                for (int i = 0; i < 128; i++) {
                    crew.start(() -> single(single, binding.pasid(), next, half, frames));
                }
                if (way == Way.SMMUV3_STALL) {
                    crew.join(60);
                } else {
                    try (GroupDevice groups = new GroupDevice(unit, "groups", 0x11);
                            Binding other = sva.bind(groups.device(), space)) {
                        for (int i = 0; i < 32; i++) {
                            int index = i;
                            int size = way == Way.VTD_PRI ? 16 : 2;
                            crew.start(() -> groups(groups, other.pasid(), index, size, nextOfGroups, pages));
                        }
                        crew.join(60);
                    }
                }
                unit.drain();
                assertThat(single.unexpected()).isZero();
            }
            assertThat(unit.violations()).isEmpty();
            assertThat(unit.answered()).isEqualTo(unit.asked());
            assertThat(space.populatedPages()).isEqualTo(pages);
            for (int page = 0; page < pages; page++) {
                if (frames.get(page) != 0) {
                    assertThat(frames.get(page)).isEqualTo(Translation.address(space.walk(START + page * 4096L)));
                }
            }
            assertThat(unit.queue().counters().get(Counter.TIMED_OUT)).isZero();
            if (way == Way.SMMUV3_STALL) {
                assertThat(unit.asked()).as("stalls are never lost").isEqualTo(pages);
            } else {
                assertThat(unit.queue().counters().get(Counter.OVERFLOWS)).isPositive();
                assertThat(unit.queue().counters().get(Counter.DISCARDED_PARTIALS))
                        .isPositive();
                assertThat(unit.asked()).isGreaterThan(unit.queue().counters().get(Counter.GROUPS));
            }
        }
    }

    private static Void single(TestDevice device, int pasid, AtomicLong next, int end, AtomicLongArray frames)
            throws InterruptedException {
        for (long page = next.getAndIncrement(); page < end; page = next.getAndIncrement()) {
            int at = (int) page;
            assertThat(device.access(
                                    pasid,
                                    START + page * 4096,
                                    READ_WRITE,
                                    translation -> frames.set(at, Translation.address(translation)))
                            .outcome())
                    .isEqualTo(Outcome.DONE);
        }
        return null;
    }

    private static Void groups(GroupDevice device, int pasid, int index, int size, AtomicLong next, int end)
            throws InterruptedException {
        for (long page = next.getAndAdd(size); page < end; page = next.getAndAdd(size)) {
            int pages = (int) Math.min(size, end - page);
            assertThat(device.access(pasid, index, START + page * 4096, pages, READ_WRITE))
                    .isEqualTo(Downstream.SUCCESS);
        }
        return null;
    }
}
