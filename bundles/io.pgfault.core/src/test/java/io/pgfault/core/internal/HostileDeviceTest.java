// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Devices that do their worst: rules C15, C16. */
class HostileDeviceTest extends CoreTest {
    /** Its responses go nowhere. */
    private static final IommuDriver SILENT = (device, pasid, groupId, private0, private1, code) -> {};

    private final Keeper keeper = new Keeper();

    @Test
    void c15_partialsThatNeverEndAreKeptUpToTheBoundAndNeverGranted() {
        register(0, keeper);
        Device hostile = device("hostile");
        Device other = device("other");
        int kept = 0;
        for (int i = 0; i < 200_000; i++) {
            kept += partial(hostile, i, i) == Report.PARTIAL ? 1 : 0;
        }

        assertThat(kept).isEqualTo(SETTINGS.partialsPerDevice());
        assertThat(driver.responses())
                .as("responses to requests that aren't last")
                .isEmpty();
        assertThat(hostile.counters().get(Counter.LIMITED)).isEqualTo(200_000L - kept);
        assertThat(last(hostile, 150_000)).isEqualTo(Report.POISONED_GROUP);
        assertThat(last(hostile, 0)).as("a group that is whole").isEqualTo(Report.CLOSED);
        assertThat(last(other, 150_000)).as("another device").isEqualTo(Report.CLOSED);

        queue.discardPartials();
        assertThat(last(hostile, 150_001)).isEqualTo(Report.CLOSED);
    }

    @Test
    void c05_everyStallTagAndEveryGroupIndexOfManyPasidsAtOnce() {
        int tags = 1 << 16;
        Settings wide = new Settings(Duration.ofSeconds(10).toNanos(), 0, 0, 1, 4096, 65_536, 65_536, 0, 16);
        try (IoPageFaultCore large = new IoPageFaultCore(wide, clock::get)) {
            List<FaultGroup> groups = new ArrayList<>();
            large.addHandler(
                    group -> {
                        groups.add(group);
                        return Disposition.TAKEN;
                    },
                    1,
                    0,
                    true,
                    Set.of(KIND));
            Device stalling = large.probe(SILENT, "u", "stalling", 1);
            Device pri = large.probe(SILENT, "u", "pri", 2);
            FaultQueue unit = large.allocate("u");
            unit.add(stalling);
            unit.add(pri);
            large.attach(stalling, Pasid.NONE, large.allocateDomain(KIND, "s", PageTable.EMPTY, false));
            large.attach(pri, Pasid.NONE, large.allocateDomain(KIND, "p", PageTable.EMPTY, true));
            for (int i = 0; i < tags; i++) {
                // 512 group indices of 128 PASIDs, which the nested domain owns.
                large.report(stalling, request(PageRequest.LAST_PAGE, Pasid.NONE, i, 0));
                assertThat(large.report(pri, request(PageRequest.LAST_PAGE, i >>> 9, i & 511, i)))
                        .isEqualTo(Report.CLOSED);
            }
            assertThat(large.report(pri, request(PageRequest.LAST_PAGE, 200, 0, 0)))
                    .isEqualTo(Report.PENDING_LIMIT);

            assertThat(groups.stream().filter(group -> group.respond(ResponseCode.SUCCESS)))
                    .hasSize(2 * tags);
            assertThat(pri.counters().get(Counter.SUCCESS)).isEqualTo(tags);
            assertThat(stalling.counters().get(Counter.SUCCESS)).isEqualTo(tags);
            assertThat(large.report(pri, request(PageRequest.LAST_PAGE, 200, 0, 0)))
                    .isEqualTo(Report.CLOSED);
        }
    }

    @Test
    void c15_moreGroupsThanTheBoundAreAnsweredAtOnceAndTheRestAtTheDeadline() {
        register(0, keeper);
        Device device = device("d");
        int bound = SETTINGS.pendingPerDevice();
        for (int i = 0; i < 10 * bound; i++) {
            last(device, i);
        }

        assertThat(keeper.groups).as("groups that handlers ever hold").hasSize(bound);
        assertThat(device.counters().get(Counter.INVALID)).isEqualTo(9L * bound);
        assertThat(device.counters().get(Counter.LIMITED)).isEqualTo(9L * bound);
        pass(Duration.ofNanos(SETTINGS.deadlineNanos()));
        assertThat(driver.groups()).hasSize(10 * bound).doesNotHaveDuplicates();
        assertThat(last(device, 1)).isEqualTo(Report.CLOSED);
    }

    /**
     * Time is counted in groups that handlers are asked about: on a quiet unit a group is the next one asked, so its
     * latency is 1. Beside a flood it may have to let each busy worker finish, and then one group for each device;
     * stated as a factor of 8. Without turns it would wait for all the work that waits, 1,000 groups here.
     */
    @Test
    void c16_besideAFloodingDeviceLatencyStaysWithinEightTimesTheQuietOne() throws InterruptedException {
        int depth = 1_000;
        AtomicLong asked = new AtomicLong();
        BlockingQueue<Long> served = new LinkedBlockingQueue<>();
        Settings busy = new Settings(Duration.ofSeconds(60).toNanos(), 0, 0, 1, 16, 2 * depth, 16, 2, depth);
        try (IoPageFaultCore unit = new IoPageFaultCore(busy, System::nanoTime)) {
            unit.addHandler(
                    group -> {
                        long now = asked.incrementAndGet();
                        if (group.device().name().equals("quiet")) {
                            served.add(now);
                        } else {
                            spin(20_000);
                        }
                        group.respond(ResponseCode.SUCCESS);
                        return Disposition.TAKEN;
                    },
                    1,
                    0,
                    false,
                    Set.of(KIND));
            FaultQueue only = unit.allocate("u");
            Device quiet = add(unit, only, "quiet");
            Device flooding = add(unit, only, "flooding");
            long alone = median(unit, quiet, asked, served, 51);
            Thread flood = new Thread(() -> {
                for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                    if (unit.report(flooding, request(PageRequest.LAST_PAGE, PASID, i & 0xffff, 0))
                            == Report.WORK_LIMIT) {
                        Thread.onSpinWait();
                    }
                }
            });
            flood.start();
            Awaitility.await().until(() -> flooding.counters().get(Counter.LIMITED) > 0);

            long flooded = median(unit, quiet, asked, served, 101);
            flood.interrupt();
            flood.join();

            assertThat(alone).isEqualTo(1);
            assertThat(flooded).isLessThanOrEqualTo(8 * alone);
        }
    }

    private long median(IoPageFaultCore unit, Device quiet, AtomicLong asked, BlockingQueue<Long> served, int samples)
            throws InterruptedException {
        List<Long> latencies = new ArrayList<>();
        for (int i = 0; i < samples; i++) {
            long before = asked.get();
            assertThat(unit.report(quiet, request(PageRequest.LAST_PAGE, PASID, i, 0)))
                    .isEqualTo(Report.CLOSED);
            Long at = served.poll(30, TimeUnit.SECONDS);
            assertThat(at).as("the quiet device's group is served").isNotNull();
            latencies.add(at - before);
        }
        return latencies.stream().sorted().skip(samples / 2).findFirst().orElseThrow();
    }

    private static void spin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private Device add(IoPageFaultCore to, FaultQueue unit, String name) {
        Device device = to.probe(SILENT, "u", name, 1);
        unit.add(device);
        to.attach(device, PASID, to.allocateDomain(KIND, name, PageTable.EMPTY, false));
        return device;
    }
}
