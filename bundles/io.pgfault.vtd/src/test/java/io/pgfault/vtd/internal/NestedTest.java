// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.api.nest.VtdInvalidation;
import io.pgfault.tck.core.StrictFaults;
import io.pgfault.vtd.internal.hardware.walk.FirstStageTable;
import io.pgfault.vtd.internal.hardware.walk.SparseMemory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A user's first stage on a second stage of the host, over a unit. The user's memory begins at guest address 0 and lies
 * at 0x100000000 of the memory; guest addresses from 1 GiB on are not mapped.
 */
class NestedTest {
    private static final int PASID = 5;
    private static final long BASE = 0x1_0000_0000L;
    private static final long SIZE = 1L << 30;
    private static final long ROOT = 0x10_0000;
    private static final long PAGE = 0x7f00_0000_1000L;

    private final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    private final IommuUnit unit = new IommuUnit(faults, "dmar0", 0, false);
    private final RecordingDevice endpoint = new RecordingDevice();
    private final SparseMemory memory = new SparseMemory();
    private final FirstStageTable user = new FirstStageTable(memory, ROOT, guest -> BASE + guest);
    /** What the second stage grants less than reading and writing, by guest page. */
    private final Map<Long, Integer> restricted = new ConcurrentHashMap<>();

    private final PageTable secondStage = guest -> guest >= 0 && guest < SIZE
            ? Translation.of(BASE + guest, restricted.getOrDefault(guest >>> 12, 3))
            : Translation.NONE;
    private final Domain host = faults.allocateDomain("sva", "host", secondStage, false);
    private Upstream upstream;
    private Device device;

    @BeforeEach
    void start() {
        unit.start(() -> {});
        upstream = unit.connect("gpu", 0x10, endpoint);
        device = upstream.device();
    }

    @AfterEach
    void stop() {
        unit.stop();
    }

    private Domain nested(FirstStage stage) {
        return faults.allocateDomain("user", "guest", new Nested(stage, host, memory), false);
    }

    private void attach() {
        unit.attach(device, PASID, nested(new VtdFirstStage(0, ROOT, 48)));
    }

    private record Nested(FirstStage firstStage, Domain secondStage, PhysicalMemory memory) implements NestedTable {}

    @Test
    void n01_t06_bothStagesTranslate_andGrantTogether() {
        user.map(PAGE, 0x20_0000, FirstStageTable.RWU);
        attach();
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.of(BASE + 0x20_0000, 7));
        restricted.put(0x20_0000L >>> 12, Permissions.READ);
        unit.invalidate(device, PASID, 0, Long.MAX_VALUE);
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.of(BASE + 0x20_0000, 5));
        assertThat(user.entry(PAGE) & 0x60).as("accessed and dirty").isEqualTo(0x60);
    }

    @Test
    void n01_executeDisable_holds_andSupervisorRequestsNeedTheUsersWord() {
        user.map(PAGE, 0x20_0000, FirstStageTable.RWU | 1L << 63);
        attach();
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.of(BASE + 0x20_0000, 3));
        int privileged = Permissions.READ | Permissions.PRIV;
        assertThat(upstream.transact(1, PASID, privileged, PAGE)).isEqualTo(Translation.NONE);
        unit.attach(device, PASID, nested(new VtdFirstStage(VtdFirstStage.SRE, ROOT, 48)));
        assertThat(upstream.transact(1, PASID, privileged, PAGE)).isNotEqualTo(Translation.NONE);
    }

    @Test
    void n02_secondStageAddress_saysWhichStageFails() {
        attach();
        assertThat(unit.secondStageAddress(device, PASID, PAGE, Permissions.READ))
                .isEqualTo(IommuDriver.FIRST_STAGE);
        user.map(PAGE, 0x20_0000, FirstStageTable.RWU);
        assertThat(unit.secondStageAddress(device, PASID, PAGE + 0x123, Permissions.READ))
                .as("both stages grant it")
                .isEqualTo(0x20_0123);
        restricted.put(0x20_0000L >>> 12, Permissions.READ);
        assertThat(unit.secondStageAddress(device, PASID, PAGE + 8, Permissions.WRITE))
                .isEqualTo(0x20_0008);
        restricted.put(ROOT >>> 12, 0);
        assertThat(unit.secondStageAddress(device, PASID, PAGE, Permissions.READ))
                .as("the top-level table is not there")
                .isEqualTo(ROOT + (PAGE >>> 39) * 8);
        restricted.clear();
        user.map(PAGE, 0x20_0000, 0x5);
        assertThat(unit.secondStageAddress(device, PASID, PAGE, Permissions.WRITE))
                .isEqualTo(IommuDriver.FIRST_STAGE);
        assertThat(user.entry(PAGE)).as("asking changes nothing").isEqualTo(0x20_0005);
        assertThat(unit.secondStageAddress(device, PASID + 1, PAGE, Permissions.READ))
                .isEqualTo(IommuDriver.FIRST_STAGE);
    }

    @Test
    void n03_anInvalidation_endsWhatItNames_inUnitAndDevice() {
        user.map(PAGE, 0x20_0000, FirstStageTable.RWU);
        user.map(PAGE + 0x4000, 0x20_1000, FirstStageTable.RWU);
        attach();
        upstream.transact(1, PASID, Permissions.WRITE, PAGE);
        upstream.transact(1, PASID, Permissions.WRITE, PAGE + 0x4000);
        user.unmap(PAGE);
        user.unmap(PAGE + 0x4000);
        assertThat(upstream.transact(1, PASID, Permissions.WRITE, PAGE))
                .as("stale: not invalidated")
                .isNotEqualTo(Translation.NONE);
        endpoint.invalidations.clear();
        unit.invalidate(device, PASID, new VtdInvalidation(PAGE, 2, VtdInvalidation.LEAF));
        assertThat(upstream.transact(1, PASID, Permissions.WRITE, PAGE)).isEqualTo(Translation.NONE);
        assertThat(endpoint.forgot(PASID, PAGE + 0x1fff)).isTrue();
        assertThat(endpoint.forgot(PASID, PAGE + 0x4000)).isFalse();
        unit.invalidate(device, PASID, new VtdInvalidation(0, VtdInvalidation.ALL, 0));
        assertThat(upstream.transact(1, PASID, Permissions.WRITE, PAGE + 0x4000))
                .isEqualTo(Translation.NONE);
        assertThat(endpoint.forgot(PASID, PAGE + 0x4000)).isTrue();
        assertThat(endpoint.forgot(PASID, -1)).isTrue();
    }

    @Test
    void n03_wordsThatAreWrong_areRefused_andNothingIsInvalidated() {
        attach();
        endpoint.invalidations.clear();
        for (VtdInvalidation bad : new VtdInvalidation[] {
            new VtdInvalidation(PAGE + 1, 1, 0),
            new VtdInvalidation(PAGE, 0, 0),
            new VtdInvalidation(PAGE, -2, 0),
            new VtdInvalidation(PAGE, VtdInvalidation.ALL, 0),
            new VtdInvalidation(PAGE, 1, 2),
            new VtdInvalidation(-0x1000, 2, 0)
        }) {
            assertThatThrownBy(() -> unit.invalidate(device, PASID, bad))
                    .as(bad.toString())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("gpu", "PASID 5");
        }
        assertThatThrownBy(() -> unit.invalidate(device, PASID, new Smmuv3Invalidation(0, 0)))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> unit.invalidate(device, PASID + 1, new VtdInvalidation(PAGE, 1, 0)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(endpoint.invalidations).isEmpty();
    }

    @Test
    void n01_fieldsThatAreWrong_areRefused() {
        Map<FirstStage, String> bad = new HashMap<>();
        bad.put(new VtdFirstStage(8, ROOT, 48), "flags");
        bad.put(new VtdFirstStage(0, ROOT + 8, 48), "root");
        bad.put(new VtdFirstStage(0, 1L << 52, 48), "root");
        bad.put(new VtdFirstStage(0, ROOT, 57), "address width");
        bad.put(new VtdFirstStage(0, ROOT, 39), "address width");
        bad.put(new Smmuv3FirstStage(1, 0), "first stage");
        bad.forEach((stage, field) -> assertThatThrownBy(() -> unit.attach(device, PASID, nested(stage)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("gpu", "PASID 5", field));
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
    }

    /** Tables and pages beyond the second stage: the device gets nothing, and no thread an exception. */
    @Test
    void t06_tablesThatPointOutside_giveFaults() {
        attach();
        user.map(PAGE, SIZE, FirstStageTable.RWU);
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
        user.map(PAGE, 0x000f_ffff_ffff_f000L, FirstStageTable.RWU);
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
        long top = BASE + ROOT + (PAGE >>> 39) * 8;
        memory.store(top, SIZE | FirstStageTable.RWU);
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
        assertThat(unit.secondStageAddress(device, PASID, PAGE, Permissions.READ))
                .as("entry 0 of the second table")
                .isEqualTo(SIZE);
        unit.attach(device, PASID, nested(new VtdFirstStage(0, 0x000f_ffff_ffff_f000L, 48)));
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
        assertThat(upstream.transact(1, PASID, Permissions.READ, PAGE)).isEqualTo(Translation.NONE);
        await().until(() -> device.counters().get(Counter.UNRECOVERABLE) > 0);
    }

    /** Random maps of both stages, against what two maps of the test give one after the other. */
    @Test
    void n01_random_nestedIsTheCompositionOfTwoMaps() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Map<Long, Long> first = new HashMap<>();
        attach();
        for (int step = 0; step < 1200; step++) {
            long page = PAGE + (random.nextInt(40) << 12) + ((long) random.nextInt(3) << 30);
            long guest = 0x4000_0L + ((long) random.nextInt(64) << 12) + (random.nextInt(8) == 0 ? SIZE : 0);
            switch (random.nextInt(3)) {
                case 0 -> {
                    long flags = 1 | (random.nextBoolean() ? 2 : 0) | (random.nextInt(5) > 0 ? 4 : 0);
                    user.map(page, guest, flags);
                    first.put(page, guest | flags);
                    unit.invalidate(device, PASID, new VtdInvalidation(page, 1, 0));
                }
                case 1 -> {
                    restricted.put(guest >>> 12, random.nextInt(4));
                    unit.invalidate(device, PASID, 0, Long.MAX_VALUE);
                }
                default -> {
                    int access = random.nextBoolean() ? Permissions.READ : Permissions.WRITE;
                    long expected = expected(first.getOrDefault(page, 0L));
                    assertThat(upstream.translate(PASID, page))
                            .as("seed %d", seed)
                            .isEqualTo(expected);
                    assertThat(upstream.transact(1, PASID, access, page) != Translation.NONE)
                            .as("seed %d", seed)
                            .isEqualTo(Translation.grants(expected, access));
                }
            }
        }
    }

    private long expected(long entry) {
        long guest = entry & -0x1000;
        int second = guest < SIZE ? restricted.getOrDefault(guest >>> 12, 3) : 0;
        boolean user = (entry & 5) == 5;
        if (!user || second == 0) {
            return Translation.NONE;
        }
        int granted = (Permissions.READ | ((entry & 2) != 0 ? Permissions.WRITE : 0)) & second;
        return Translation.of(BASE + guest, granted | Permissions.EXEC);
    }

    @Test
    void firstStage_isWhatTheEntrySays() {
        assertThat(upstream.firstStage(PASID)).isEmpty();
        unit.attach(device, PASID, faults.allocateDomain("sva", "a", user, false));
        assertThat(upstream.firstStage(PASID))
                .contains(new VtdFirstStage(VtdFirstStage.SRE | VtdFirstStage.WPE, ROOT, 48));
        unit.attach(device, Pasid.NONE, faults.allocateDomain("sva", "b", secondStage, false));
        assertThat(upstream.firstStage(Pasid.NONE)).as("an object").isEmpty();
        attach();
        assertThat(upstream.firstStage(PASID)).as("a second stage is below it").isEmpty();
        unit.detach(device, PASID);
        assertThat(upstream.firstStage(PASID)).isEmpty();
    }

    @Test
    void t07_theDriverReadsFaultRecords_countsThem_andNoneIsLeft() {
        for (int i = 0; i < 100; i++) {
            assertThat(upstream.transact(1, 7, Permissions.READ, PAGE)).isEqualTo(Translation.NONE);
            long expected = i + 1L;
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> device.counters().get(Counter.UNRECOVERABLE) == expected);
        }
        unit.attach(device, 7, faults.allocateDomain("sva", "a", secondStage, false));
        upstream.transact(1, 7, Permissions.READ, 0x5000);
        assertThat(device.counters().get(Counter.UNRECOVERABLE)).isEqualTo(100);
    }
}
