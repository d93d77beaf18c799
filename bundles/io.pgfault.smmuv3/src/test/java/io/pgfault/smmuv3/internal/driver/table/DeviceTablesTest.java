// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.parts.PasidSet;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.Hardware;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.internal.hardware.walk.FirstStageTable;
import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.internal.hardware.walk.WordMemory;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.Features;
import io.pgfault.smmuv3.spec.Registers;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;
import io.pgfault.tck.core.StrictFaults;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The driver's tables under the hardware model. The test is the command queue, so it can lose commands. */
class DeviceTablesTest {
    private static final int STREAM = 0x8000_0310;
    private static final int PASID = 0x1_2345;
    private static final long PAGE = 0x7f00_0000_5000L;
    private static final int QUEUE = 8;

    private final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    private final Memory memory = new Memory(new Sizes(QUEUE, 1, QUEUE, 8));
    private final Hardware hardware = new Hardware(memory, 8, () -> {});
    private final List<String> commands = new ArrayList<>();
    private final UnitTables unit = new UnitTables(
            "smmu3.0", Features.MODEL, memory.tables(), memory.contexts(), hardware.domains(), new Queue());
    private final List<String> forgotten = new ArrayList<>();
    private final AttachedDevice device = new AttachedDevice(STREAM, null);
    private final DeviceTables tables = new DeviceTables(unit, "gpu", STREAM, this::invalidateDevice, device.asked());
    private final WordMemory pages = new WordMemory();
    private final FirstStageTable table = new FirstStageTable(pages, 0x10_0000);
    private boolean lossy;
    private int tail;
    private int events;

    private final class Queue implements CommandSink {
        @Override
        public void submit(long word0, long word1) {
            commands.add("%x %x".formatted(word0, word1));
            if (!lossy) {
                memory.commands().word(tail, 0, word0);
                memory.commands().word(tail, 1, word1);
                tail = tail + 1 & (2 << QUEUE) - 1;
            }
        }

        @Override
        public boolean await() {
            hardware.write(Registers.CMDQ_PROD, tail);
            assertThat(hardware.read(Registers.CMDQ_CONS)).isEqualTo(tail);
            return true;
        }
    }

    private void invalidateDevice(int pasid, long first, long last) {
        forgotten.add("%d: %x to %x".formatted(pasid, first, last));
    }

    @BeforeEach
    void enable() {
        hardware.write(Registers.STRTAB_BASE, (int) unit.streams().base());
        hardware.write(Registers.STRTAB_BASE + 4, (int) (unit.streams().base() >>> 32));
        hardware.write(Registers.STRTAB_BASE_CFG, unit.streams().config());
        hardware.write(Registers.CR0, Registers.CR0_SMMUEN);
        memory.devices().add(device);
        tables.enter();
        commands.clear();
        table.map(PAGE, 0x9000, FirstStageTable.RW);
    }

    /** A unit without SubstreamIDs, stalls, ATS and updates is asked for none: one descriptor, linear, plain. */
    @Test
    void t04_aPlainUnit_isAskedForNothingThatItLacks() {
        Features plain = new Features(0x0d40_101a, 0x0273_0010);
        TableMemory owned = new TableMemory(1 << 20);
        UnitTables small = new UnitTables("smmu3.1", plain, owned, owned, hardware.domains(), new Queue());
        DeviceTables edu = new DeviceTables(small, "edu", 8, this::invalidateDevice, new PasidSet());
        edu.enter();
        assertThat(Registers.strtabLog2(small.streams().config())).isEqualTo(16);
        assertThatThrownBy(() -> edu.attach(7, domain(table))).hasMessageContainingAll("edu", "PASID 7", "smmu3.1");
        edu.attach(Pasid.NONE, domain(table));
        StreamTableEntry entry = small.streams().get(8);
        assertThat(StreamTableEntry.format(entry.word0())).isEqualTo(StreamTableEntry.LINEAR);
        assertThat(StreamTableEntry.s1cdMax(entry.word0())).isZero();
        assertThat(StreamTableEntry.eats(entry.word1())).isEqualTo(StreamTableEntry.EATS_NONE);
        long descriptor = owned.load(StreamTableEntry.contextPointer(entry.word0()));
        long asked = ContextDescriptor.S | ContextDescriptor.HA | ContextDescriptor.HD;
        assertThat(descriptor & (asked | ContextDescriptor.V)).isEqualTo(ContextDescriptor.V);
        edu.detach(Pasid.NONE);
        edu.close();
        assertThat(owned.framesInUse()).as("the stream table stays").isEqualTo(1 + 16);
    }

    private Domain domain(PageTable of) {
        return faults.allocateDomain("sva", "a", of, false);
    }

    private long translate(int pasid) {
        return hardware.translate(device, pasid, PAGE);
    }

    private boolean writes() {
        return hardware.transact(device, 1, PASID, Permissions.WRITE, PAGE) == Translation.of(0x9000, 7);
    }

    /** The name of the next event; "none" if there is none. */
    private String event() {
        if (events == (hardware.read(Registers.EVENTQ_PROD) & (2 << QUEUE) - 1)) {
            return "none";
        }
        long word0 = memory.events().word(events, 0);
        events = events + 1 & (2 << QUEUE) - 1;
        return new EventRecord(word0, 0, 0, 0).id().name();
    }

    @Test
    void t04_theUnitFindsATableThatTheDriverEntered() {
        tables.attach(PASID, domain(table));
        assertThat(translate(PASID)).isEqualTo(Translation.of(0x9000, 7));
        assertThat(hardware.transact(device, 1, PASID, Permissions.READ, 0x1000))
                .isEqualTo(Upstream.STALLED);
        assertThat(event()).isEqualTo("F_TRANSLATION");
    }

    @Test
    void t04_whatWasNeverAttached_isTheArchitecturesFault() {
        assertThat(translate(PASID)).isEqualTo(Translation.NONE);
        assertThat(event()).isEqualTo("C_BAD_SUBSTREAMID");
        assertThat(translate(Pasid.NONE)).isEqualTo(Translation.NONE);
        assertThat(event()).isEqualTo("F_STREAM_DISABLED");
        tables.attach(PASID, domain(table));
        assertThat(translate(PASID + 1)).isEqualTo(Translation.NONE);
        assertThat(event()).isEqualTo("C_BAD_CD");
        AttachedDevice stranger = new AttachedDevice(1, null);
        assertThat(hardware.translate(stranger, PASID, PAGE)).isEqualTo(Translation.NONE);
        assertThat(event()).isEqualTo("C_BAD_STREAMID");
        assertThat(hardware.translate(new AttachedDevice(STREAM + 1, null), PASID, PAGE))
                .isEqualTo(Translation.NONE);
        assertThat(event()).isEqualTo("C_BAD_STE");
    }

    @Test
    void t05_aDriverThatLosesItsCommands_isSeen() {
        tables.attach(PASID, domain(table));
        translate(PASID);
        lossy = true;
        tables.detach(PASID);
        assertThat(translate(PASID)).as("the configuration cache is stale").isEqualTo(Translation.of(0x9000, 7));
    }

    @Test
    void t05_theDriversCommands_endWhatTheUnitHasCached() {
        tables.attach(PASID, domain(table));
        assertThat(commands).as("CFGI_CD of the new descriptor").containsExactly("8000031012345005 1");
        translate(PASID);
        commands.clear();
        tables.detach(PASID);
        assertThat(commands).as("CFGI_CD, TLBI_NH_ASID").containsExactly("8000031012345005 1", "1000000000011 0");
        assertThat(forgotten).containsExactly(PASID + ": 0 to ffffffffffffffff");
        assertThat(translate(PASID)).isEqualTo(Translation.NONE);
        assertThat(event()).isEqualTo("C_BAD_CD");
    }

    @Test
    void t05_aMissingInvalidationOfARange_isSeen_andTheRangeEndsIt() {
        tables.attach(PASID, domain(table));
        assertThat(writes()).isTrue();
        table.unmap(PAGE);
        assertThat(writes()).as("stale: not invalidated").isTrue();
        tables.invalidate(PASID, PAGE + 0x1000, PAGE + 0x1fff);
        assertThat(writes()).as("another page").isTrue();
        tables.invalidate(PASID, PAGE - 0x1000, PAGE + 0x1fff);
        assertThat(writes()).isFalse();
        assertThat(forgotten).contains(PASID + ": 7f0000004000 to 7f0000006fff");
        table.map(PAGE, 0x9000, FirstStageTable.RW);
        assertThat(writes()).isTrue();
        table.unmap(PAGE);
        commands.clear();
        tables.invalidate(PASID, 0, -1);
        assertThat(commands).as("TLBI_NH_ASID").containsExactly("1000000000011 0");
        assertThat(writes()).isFalse();
    }

    /** Software may use a table's memory for something else when the invalidation has returned. */
    @Test
    void s06_anInvalidationReturnsAfterAWalkThatBeganBefore() throws Exception {
        HeldMemory held = new HeldMemory();
        FirstStageTable below = new FirstStageTable(held, 0x10_0000);
        below.map(PAGE, 0x9000, FirstStageTable.RW);
        tables.attach(PASID, domain(below));
        Thread walker = new Thread(this::writes, "walker");
        held.hold(walker);
        walker.start();
        held.awaitWalk();
        Thread invalidator = new Thread(() -> tables.invalidate(PASID, PAGE, PAGE + 0xfff), "invalidator");
        invalidator.start();
        while (invalidator.isAlive() && !waitsForWalks(invalidator)) {
            Thread.onSpinWait();
        }
        assertThat(invalidator.isAlive())
                .as("the invalidation waits for the walk")
                .isTrue();
        assertThat(translate(PASID + 1)).as("other requests go on").isEqualTo(Translation.NONE);
        held.release();
        invalidator.join();
        walker.join();
    }

    private static boolean waitsForWalks(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("awaitBusy"));
    }

    /** Memory in which the loads of one thread wait. */
    private static final class HeldMemory extends WordMemory {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private Thread held;

        /** The test calls it before it starts the thread. */
        void hold(Thread thread) {
            held = thread;
        }

        void awaitWalk() throws InterruptedException {
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        }

        void release() {
            released.countDown();
        }

        @Override
        public long load(long address) {
            if (Thread.currentThread() == held) {
                begun.countDown();
                try {
                    assertThat(released.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            return super.load(address);
        }
    }

    @Test
    void t05_ofAnObject_nothingIsCached_soARangeNeedsNoCommand() {
        long[] granted = {Translation.of(0x9000, 3)};
        tables.attach(PASID, domain(address -> granted[0]));
        assertThat(translate(PASID)).isEqualTo(granted[0]);
        granted[0] = Translation.NONE;
        assertThat(translate(PASID)).isEqualTo(Translation.NONE);
        commands.clear();
        tables.invalidate(PASID, PAGE, PAGE + 0xfff);
        assertThat(commands).isEmpty();
        assertThat(forgotten).containsExactly(PASID + ": 7f0000005000 to 7f0000005fff");
    }

    @Test
    void t05_aReplacedTable_isForgotten_andItsAsidIsGivenAgain() {
        FirstStageTable second = new FirstStageTable(pages, 0x20_0000);
        second.map(PAGE, 0xa000, FirstStageTable.RW);
        tables.attach(PASID, domain(table));
        translate(PASID);
        for (int i = 0; i < 300; i++) {
            tables.attach(PASID, domain(i % 2 == 0 ? second : table));
            assertThat(translate(PASID)).isEqualTo(Translation.of(i % 2 == 0 ? 0xa000 : 0x9000, 7));
            forgotten.clear();
            commands.clear();
        }
    }

    @Test
    void c06_anOwnersDescriptor_servesEveryOtherPasid_alsoInATableOfAnotherDomain() {
        PageTable owner = address -> Translation.of(0xb000, 3);
        tables.attach(Pasid.NONE, faults.allocateDomain("user", "n", owner, true));
        tables.attach(PASID, domain(table));
        int[] pasids = {Pasid.NONE, PASID - 1, PASID + 1, 64, 12_345, Pasid.MAX};
        for (int pasid : pasids) {
            assertThat(translate(pasid)).isEqualTo(Translation.of(0xb000, 3));
        }
        assertThat(translate(PASID)).isEqualTo(Translation.of(0x9000, 7));
        tables.detach(PASID);
        assertThat(translate(PASID)).isEqualTo(Translation.of(0xb000, 3));
        forgotten.clear();
        tables.detach(Pasid.NONE);
        assertThat(forgotten).hasSize(7);
        for (int pasid : pasids) {
            assertThat(translate(pasid)).isEqualTo(Translation.NONE);
        }
    }

    /** IHI 0070 F.b §5.2, S1DSS: no transaction of SubstreamID 0 while its descriptor serves those without one. */
    @Test
    void pasid0_andAccessesWithoutPasid_shareADescriptor_whichTheLatterHave() {
        tables.attach(0, domain(table));
        assertThat(translate(0)).isEqualTo(Translation.of(0x9000, 7));
        assertThat(translate(Pasid.NONE)).isEqualTo(Translation.NONE);

        forgotten.clear();
        tables.attach(Pasid.NONE, domain(table));
        assertThat(translate(Pasid.NONE)).isEqualTo(Translation.of(0x9000, 7));
        assertThat(translate(0)).isEqualTo(Translation.NONE);
        assertThat(forgotten).as("the device forgets what it has of PASID 0").isNotEmpty();

        tables.detach(Pasid.NONE);
        assertThat(translate(Pasid.NONE)).isEqualTo(Translation.NONE);
        assertThat(translate(0)).as("PASID 0 has its descriptor again").isEqualTo(Translation.of(0x9000, 7));

        tables.attach(Pasid.NONE, domain(table));
        tables.detach(0);
        assertThat(translate(Pasid.NONE))
                .as("without the descriptor nothing is taken away")
                .isEqualTo(Translation.of(0x9000, 7));
        tables.attach(0, domain(table));
        assertThat(translate(0)).isEqualTo(Translation.NONE);
        assertThat(translate(Pasid.NONE)).isEqualTo(Translation.of(0x9000, 7));
        tables.detach(0);
        tables.detach(Pasid.NONE);
        tables.attach(0, domain(table));
        assertThat(translate(0)).isEqualTo(Translation.of(0x9000, 7));
    }

    @Test
    void memory_isGivenBackWhenADeviceGoes() {
        long before = memory.tables().framesInUse();
        tables.attach(PASID, domain(table));
        tables.attach(Pasid.NONE, faults.allocateDomain("user", "n", table, true));
        tables.close();
        long empty = memory.tables().framesInUse();
        assertThat(empty).as("the first level of the contexts").isEqualTo(before - 2);
        for (int i = 0; i < 100; i++) {
            DeviceTables next = new DeviceTables(unit, "next", STREAM, this::invalidateDevice, device.asked());
            next.enter();
            assertThat(translate(PASID)).isEqualTo(Translation.NONE);
            next.attach(PASID, domain(table));
            assertThat(translate(PASID)).isNotEqualTo(Translation.NONE);
            next.close();
        }
        assertThat(memory.tables().framesInUse()).isEqualTo(empty);
    }
}
