// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.api.nest.VtdInvalidation;
import io.pgfault.smmuv3.internal.RecordingDevice.Invalidated;
import io.pgfault.smmuv3.internal.RecordingDevice.Resumed;
import io.pgfault.smmuv3.internal.hardware.walk.FirstStageTable;
import io.pgfault.smmuv3.internal.hardware.walk.WordMemory;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A client's context descriptors and first stage on a second stage of the host, over a unit. The client's memory begins
 * at guest address 0 and lies at 0x100000000 of the memory; guest addresses from 1 GiB on are not mapped. The client
 * has 8 context descriptors.
 */
class NestedTest {
    private static final int STREAM = 5;
    private static final int PASID = 3;
    private static final int ASID = 0x77;
    private static final long BASE = 0x1_0000_0000L;
    private static final long SIZE = 1L << 30;
    private static final long ROOT = 0x10_0000;
    private static final long CONTEXTS = 0x4_0000;
    private static final long PAGE = 0x7f00_0000_1000L;
    /** V, Config stage 1, S1ContextPtr, S1CDMax 3. */
    private static final long STE_0 = 3L << 59 | CONTEXTS | 0b1011;
    /** EATS full, S1DSS substream 0. */
    private static final long STE_1 = 1L << 28 | 2;

    private final Fixture smmu = new Fixture();
    private final RecordingDevice endpoint = new RecordingDevice();
    private final WordMemory memory = new WordMemory();
    private final FirstStageTable user = new FirstStageTable(memory, ROOT, guest -> BASE + guest);
    private final List<EventRecord> events = new CopyOnWriteArrayList<>();
    /** What the second stage grants less than reading and writing, by guest page. */
    private final Map<Long, Integer> restricted = new ConcurrentHashMap<>();

    private final PageTable secondStage = guest -> guest >= 0 && guest < SIZE
            ? Translation.of(BASE + guest, restricted.getOrDefault(guest >>> 12, 3))
            : Translation.NONE;
    private final Domain host = smmu.faults.allocateDomain("sva", "host", secondStage, false);
    private final Upstream upstream = smmu.unit.connect("gpu", STREAM, endpoint);
    private final Device device = upstream.device();

    @AfterEach
    void close() {
        smmu.close();
    }

    private final class Client implements NestedTable {
        private final FirstStage stage;
        private final boolean takesEvents;

        Client(FirstStage stage, boolean takesEvents) {
            this.stage = stage;
            this.takesEvents = takesEvents;
        }

        @Override
        public FirstStage firstStage() {
            return stage;
        }

        @Override
        public Domain secondStage() {
            return host;
        }

        @Override
        public PhysicalMemory memory() {
            return memory;
        }

        @Override
        public boolean event(Device of, long word0, long word1, long word2, long word3) {
            if (takesEvents && of == device) {
                events.add(new EventRecord(word0, word1, word2, word3));
            }
            return takesEvents;
        }
    }

    private Domain nested(FirstStage stage) {
        return smmu.faults.allocateDomain("user", "guest", new Client(stage, true), true);
    }

    private void attach(long ste1) {
        memory.pages(BASE + CONTEXTS, 1);
        descriptor(PASID, ContextDescriptor.HA);
        smmu.unit.attach(device, Pasid.NONE, nested(new Smmuv3FirstStage(STE_0, ste1)));
    }

    private void descriptor(int substream, long flags) {
        memory.put(BASE + CONTEXTS + substream * 64L + 8, ROOT);
        memory.put(BASE + CONTEXTS + substream * 64L, ContextDescriptor.word0(48, 5, ASID, flags));
    }

    private void invalidate(long word0, long word1) {
        smmu.unit.invalidate(device, Pasid.NONE, new Smmuv3Invalidation(word0, word1));
    }

    private long write(int pasid) {
        return upstream.transact(1, pasid, Permissions.WRITE, PAGE);
    }

    @Test
    void n01_t06_bothStagesTranslate_andGrantTogether() {
        user.map(PAGE, 0x20_0000, FirstStageTable.RW & ~0x400);
        attach(STE_1);
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.of(BASE + 0x20_0000, 7));
        assertThat(user.entry(PAGE) & 0x400).as("access flag").isEqualTo(0x400);
        restricted.put(0x20_0000L >>> 12, Permissions.READ);
        smmu.unit.invalidate(device, Pasid.NONE, 0, -1);
        assertThat(endpoint.invalidated()).contains(new Invalidated(Pasid.NONE, 0, -1), new Invalidated(PASID, 0, -1));
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.of(BASE + 0x20_0000, 5));
    }

    @Test
    void n01_theContextDescriptorsAreTheClients() throws Exception {
        user.map(PAGE, 0x20_0000, FirstStageTable.RW);
        smmu.map(0x1000, Permissions.READ);
        smmu.attach(upstream, PASID);
        Domain nested = nested(new Smmuv3FirstStage(STE_0, STE_1));
        assertThatThrownBy(() -> smmu.unit.attach(device, Pasid.NONE, nested))
                .as("a PASID of the host")
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("gpu", "guest", "[3]");
        assertThat(upstream.translate(PASID, 0x1000)).isNotEqualTo(Translation.NONE);
        smmu.faults.detach(device, PASID);

        attach(STE_1);
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.of(BASE + 0x20_0000, 7));
        Domain host = smmu.faults.allocateDomain("sva", "a", smmu.pageTable(), false);
        assertThatThrownBy(() -> smmu.unit.attach(device, PASID + 1, host))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("gpu", "PASID 4", "guest");
        assertThatThrownBy(() -> smmu.unit.attach(device, PASID, nested))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("gpu", "PASID 3", "whole stream");

        endpoint.invalidated().clear();
        smmu.unit.detach(device, Pasid.NONE);
        assertThat(endpoint.invalidated())
                .containsExactlyInAnyOrder(new Invalidated(Pasid.NONE, 0, -1), new Invalidated(PASID, 0, -1));
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
        smmu.attach(upstream, PASID);
        assertThat(upstream.translate(PASID, 0x1000)).isEqualTo(Translation.of(0x1000, Permissions.READ));
    }

    @Test
    void n01_bypassAndAbort_areTheClientsToChoose() throws Exception {
        smmu.unit.attach(device, Pasid.NONE, nested(new Smmuv3FirstStage(0b1001, 1L << 28)));
        assertThat(upstream.translate(Pasid.NONE, 0x20_0000)).isEqualTo(Translation.of(BASE + 0x20_0000, 7));
        smmu.unit.attach(device, Pasid.NONE, nested(new Smmuv3FirstStage(1, 0)));
        assertThat(upstream.transact(1, Pasid.NONE, Permissions.READ, 0x20_0000))
                .isEqualTo(Translation.NONE);
        smmu.unit.attach(device, Pasid.NONE, nested(new Smmuv3FirstStage(0, 0)));
        assertThat(upstream.transact(1, Pasid.NONE, Permissions.READ, 0x20_0000))
                .isEqualTo(Translation.NONE);
        smmu.unit.drain();
        assertThat(events).as("an entry that aborts is silent").isEmpty();
    }

    @Test
    void n01_fieldsThatAreWrong_areRefused() {
        Map<FirstStage, String> bad = new HashMap<>();
        bad.put(new Smmuv3FirstStage(STE_0 | 1L << 56, STE_1), "word 0");
        bad.put(new Smmuv3FirstStage(STE_0, STE_1 | 1L << 48), "word 1");
        bad.put(new Smmuv3FirstStage(0b1101, 0), "Config");
        bad.put(new Smmuv3FirstStage(STE_0, 2L << 28), "EATS");
        bad.put(new VtdFirstStage(0, ROOT, 48), "first stage");
        bad.forEach((stage, field) -> assertThatThrownBy(() -> smmu.unit.attach(device, Pasid.NONE, nested(stage)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("gpu", field));
        Domain notOwner = smmu.faults.allocateDomain(
                "user", "guest", new Client(new Smmuv3FirstStage(STE_0, STE_1), true), false);
        assertThatThrownBy(() -> smmu.unit.attach(device, Pasid.NONE, notOwner))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("gpu", "owns the PASID table");
    }

    @Test
    void n02_secondStageAddress_saysWhichStageFails() {
        attach(STE_1);
        assertThat(asked(PASID, Permissions.READ)).isEqualTo(IommuDriver.FIRST_STAGE);
        user.map(PAGE, 0x20_0000, FirstStageTable.RW & ~0x400);
        assertThat(smmu.unit.secondStageAddress(device, PASID, PAGE + 0x123, Permissions.READ))
                .as("both stages grant it")
                .isEqualTo(0x20_0123);
        restricted.put(0x20_0000L >>> 12, Permissions.READ);
        assertThat(asked(PASID, Permissions.WRITE)).isEqualTo(0x20_0000);
        restricted.put(ROOT >>> 12, 0);
        assertThat(asked(PASID, Permissions.READ)).as("the top-level table").isEqualTo(ROOT);
        restricted.put(CONTEXTS >>> 12, 0);
        descriptor(PASID + 1, 0);
        assertThat(asked(PASID + 1, Permissions.READ))
                .as("the context descriptor")
                .isEqualTo(CONTEXTS);
        restricted.clear();
        user.map(PAGE, 0x20_0000, FirstStageTable.READ_ONLY & ~0x400);
        assertThat(asked(PASID, Permissions.WRITE)).isEqualTo(IommuDriver.FIRST_STAGE);
        assertThat(user.entry(PAGE) & 0x400).as("asking changes nothing").isZero();
        assertThat(asked(PASID + 2, Permissions.READ)).isEqualTo(IommuDriver.FIRST_STAGE);
        smmu.unit.detach(device, Pasid.NONE);
        assertThat(asked(PASID, Permissions.READ)).isEqualTo(IommuDriver.FIRST_STAGE);
    }

    private long asked(int pasid, int access) {
        return smmu.unit.secondStageAddress(device, pasid, PAGE, access);
    }

    /** Without ATS, faults of either stage stall, and both are reported: the core finds the stage's owner. */
    @Test
    void n02_a10_stallsOfBothStages_areReported() throws Exception {
        descriptor(PASID, ContextDescriptor.HA | ContextDescriptor.S);
        memory.pages(BASE + CONTEXTS, 1);
        smmu.unit.attach(device, Pasid.NONE, nested(new Smmuv3FirstStage(STE_0, 2)));
        assertThat(write(PASID)).isEqualTo(Upstream.STALLED);
        smmu.unit.drain();
        user.map(PAGE, 0x20_0000, FirstStageTable.RW);
        restricted.put(0x20_0000L >>> 12, 0);
        assertThat(upstream.transact(2, PASID, Permissions.WRITE, PAGE)).isEqualTo(Upstream.STALLED);
        smmu.unit.drain();
        restricted.put(ROOT >>> 12, 0);
        assertThat(upstream.transact(3, PASID, Permissions.WRITE, PAGE)).isEqualTo(Upstream.STALLED);
        smmu.unit.drain();
        assertThat(smmu.faults.requests())
                .hasSize(3)
                .allMatch(request -> request.address() == PAGE && request.pasid() == PASID);
        assertThat(endpoint.resumed())
                .containsExactly(new Resumed(1, true), new Resumed(2, true), new Resumed(3, true));
    }

    @Test
    void n03_anInvalidation_endsWhatItNames_inUnitAndDevice() {
        user.map(PAGE, 0x20_0000, FirstStageTable.RW);
        attach(STE_1);
        long[] commands = {0x0077_abcd_0000_0012L, 0xabcd_0000_0013L, 0x0077_abcd_0000_0011L, 0xabcd_0000_0010L, 0x30};
        for (long command : commands) {
            user.map(PAGE, 0x20_0000, FirstStageTable.RW);
            assertThat(write(PASID)).isNotEqualTo(Translation.NONE);
            user.unmap(PAGE);
            assertThat(write(PASID)).as("stale: not invalidated").isNotEqualTo(Translation.NONE);
            invalidate(0x0078_abcd_0000_0011L, 0);
            assertThat(write(PASID)).as("another ASID").isNotEqualTo(Translation.NONE);
            boolean address = (command & 0xff) == 0x12 || (command & 0xff) == 0x13;
            invalidate(command, address ? PAGE | 1 : 0);
            assertThat(write(PASID)).as("%x", command).isEqualTo(Translation.NONE);
        }
        endpoint.invalidated().clear();
        invalidate(0xffff_ffff_0000_3840L, PAGE | 1);
        invalidate(0xffff_ffff_0000_0040L, 52);
        invalidate(0xffff_ffff_0000_0a40L, PAGE);
        assertThat(endpoint.invalidated())
                .containsExactly(
                        new Invalidated(3, PAGE & ~0x1fff, (PAGE & ~0x1fff) + 0x1fff),
                        new Invalidated(Pasid.NONE, 0, -1),
                        new Invalidated(3, PAGE, PAGE + 0xfff));
    }

    @Test
    void n03_aContextDescriptor_isKeptUntilTheClientInvalidatesIt() {
        user.map(PAGE, 0x20_0000, FirstStageTable.RW);
        attach(STE_1);
        for (long command : new long[] {0xffff_ffff_0000_3005L, 0xffff_ffff_0000_0006L}) {
            descriptor(PASID, 0);
            assertThat(write(PASID)).isNotEqualTo(Translation.NONE);
            memory.put(BASE + CONTEXTS + PASID * 64, 0);
            invalidate(0x30, 0);
            assertThat(write(PASID)).as("stale: not invalidated").isNotEqualTo(Translation.NONE);
            invalidate(command, 0);
            assertThat(write(PASID)).isEqualTo(Translation.NONE);
        }
    }

    @Test
    void n03_n04_wordsThatAreWrong_areRefused_andNothingIsInvalidated() {
        attach(STE_1);
        user.map(PAGE, 0x20_0000, FirstStageTable.RW);
        write(PASID);
        user.unmap(PAGE);
        endpoint.invalidated().clear();
        long[][] bad = {
            {0x03, 0},
            {0x04, 31},
            {0x28, 0},
            {0x2a, 0},
            {0x41, 0},
            {0x44, 0},
            {0x46, 0},
            {0x20, 0},
            {0xff, 0},
            {0x0077_0000_0000_1012L, PAGE},
            {0x12, PAGE | 0x400},
            {0x10, 1},
            {0x1_0000_0000L | 0x30, 0},
            {0x440, 0},
            {0x40, 0x40},
            {0x5, 2},
        };
        for (long[] words : bad) {
            assertThatThrownBy(() -> invalidate(words[0], words[1]))
                    .as("%x %x", words[0], words[1])
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("gpu");
        }
        assertThatThrownBy(() -> smmu.unit.invalidate(device, Pasid.NONE, new VtdInvalidation(0, 1, 0)))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> smmu.unit.invalidate(device, PASID, new Smmuv3Invalidation(0x30, 0)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(endpoint.invalidated()).isEmpty();
        assertThat(write(PASID)).as("stale: not invalidated").isNotEqualTo(Translation.NONE);
    }

    /** Tables and descriptors beyond the second stage: the device gets nothing, and no thread an exception. */
    @Test
    void n04_t06_tablesThatPointOutside_giveFaults() throws Exception {
        attach(STE_1);
        user.map(PAGE, SIZE, FirstStageTable.RW);
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
        assertThat(asked(PASID, Permissions.READ)).isEqualTo(SIZE);
        memory.put(BASE + ROOT + (PAGE >>> 39) * 8, SIZE | 3);
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
        assertThat(asked(PASID, Permissions.READ)).isEqualTo(SIZE);
        long outside = 3L << 59 | 0x00ff_ffff_ffff_ffc0L | 0b1011;
        smmu.unit.attach(device, Pasid.NONE, nested(new Smmuv3FirstStage(outside, STE_1)));
        assertThat(upstream.translate(PASID, PAGE)).isEqualTo(Translation.NONE);
        assertThat(write(PASID)).isEqualTo(Translation.NONE);
        smmu.unit.drain();
        assertThat(events).extracting(event -> event.id().name()).containsOnly("C_BAD_STE");
    }

    @Test
    void n08_unrecoverableEventsOfTheFirstStage_areTheClients_andThoseOfTheSecondTheHosts() throws Exception {
        attach(STE_1);
        write(PASID);
        write(PASID + 1);
        write(8);
        write(0);
        user.map(PAGE, 0x20_0000, FirstStageTable.READ_ONLY);
        write(PASID);
        smmu.unit.drain();
        assertThat(events)
                .extracting(event -> event.id().name())
                .containsExactly("F_TRANSLATION", "C_BAD_CD", "C_BAD_SUBSTREAMID", "F_STREAM_DISABLED", "F_PERMISSION");
        assertThat(events.get(0)).isEqualTo(new EventRecord(0x0000_0005_0000_3810L, 0x0200_0000_0000L, PAGE, 0));
        assertThat(device.counters().get(Counter.UNRECOVERABLE)).isZero();

        restricted.put(ROOT >>> 12, 0);
        upstream.transact(1, PASID, Permissions.READ, PAGE + 0x5000);
        smmu.unit.drain();
        assertThat(events).as("an event of stage 2").hasSize(5);
        assertThat(device.counters().get(Counter.UNRECOVERABLE)).isEqualTo(1);
        assertThat(smmu.faults.requests()).isEmpty();

        Domain deaf = smmu.faults.allocateDomain(
                "user", "guest", new Client(new Smmuv3FirstStage(STE_0, STE_1), false), true);
        smmu.unit.attach(device, Pasid.NONE, deaf);
        write(8);
        smmu.unit.drain();
        assertThat(device.counters().get(Counter.UNRECOVERABLE)).isEqualTo(2);
    }

    /** Random maps of both stages, against what two maps of the test give one after the other. */
    @Test
    void n01_random_nestedIsTheCompositionOfTwoMaps() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Map<Long, Long> first = new HashMap<>();
        attach(STE_1);
        for (int step = 0; step < 3000; step++) {
            long page = PAGE + (random.nextInt(40) << 12) + ((long) random.nextInt(3) << 30);
            long guest = 0x40_0000L + ((long) random.nextInt(64) << 12) + (random.nextInt(8) == 0 ? SIZE : 0);
            switch (random.nextInt(3)) {
                case 0 -> {
                    long flags = random.nextInt(5) == 0
                            ? 0
                            : random.nextBoolean() ? FirstStageTable.RW : FirstStageTable.READ_ONLY;
                    user.map(page, guest, flags);
                    first.put(page, guest | flags);
                    invalidate((long) ASID << 48 | 0x12, page | 1);
                }
                case 1 -> {
                    restricted.put(guest >>> 12, random.nextInt(4));
                    smmu.unit.invalidate(device, Pasid.NONE, 0, -1);
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
        long guest = entry & 0xffff_ffff_f000L;
        int second = guest < SIZE ? restricted.getOrDefault(guest >>> 12, 3) : 0;
        if ((entry & 1) == 0 || second == 0) {
            return Translation.NONE;
        }
        int granted = (Permissions.READ | ((entry & 0x80) == 0 ? Permissions.WRITE : 0)) & second;
        return Translation.of(BASE + guest, granted | Permissions.EXEC);
    }
}
