// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.tck.core.StrictFaults;
import io.pgfault.vtd.internal.RecordingDevice;
import io.pgfault.vtd.internal.hardware.AttachedDevice;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.walk.FirstStageTable;
import io.pgfault.vtd.internal.hardware.walk.SparseMemory;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.FaultRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The driver's tables under the hardware model. The test is the invalidation queue, so it can lose descriptors. */
class DeviceTablesTest {
    private static final int DEVICE = 0x0310;
    private static final int PASID = 9;
    private static final long PAGE = 0x7f00_0000_5000L;

    private final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    private final Memory memory = new Memory(1 << 12);
    private final Hardware hardware = new Hardware(memory);
    private final Memory.Region ring = memory.allocate(4096);
    private final List<String> descriptors = new ArrayList<>();
    private final RootTable root = new RootTable(memory, hardware.read64(Registers.ECAP));
    private final UnitTables unit =
            new UnitTables("dmar0", memory, root, hardware.domains(), new Invalidations(new Queue()), false);
    private final RecordingDevice endpoint = new RecordingDevice();
    private final AttachedDevice device = new AttachedDevice(DEVICE, endpoint);
    private final DeviceTables tables = new DeviceTables(unit, "gpu", DEVICE, this::invalidateDevice, device.asked());
    private final SparseMemory pages = new SparseMemory();
    private final FirstStageTable table = new FirstStageTable(pages, 0x10_0000);
    private boolean lossy;
    private int tail;

    private final class Queue implements DescriptorQueue {
        @Override
        public void submit(long word0, long word1) {
            descriptors.add("%x %x".formatted(word0, word1));
            if (!lossy) {
                ring.bytes().putLong(tail, word0).putLong(tail + 8, word1);
                tail = (tail + 32) % 4096;
            }
        }

        @Override
        public boolean await() {
            hardware.write64(Registers.IQT, tail);
            assertThat(hardware.read32(Registers.FSTS) & Registers.FSTS_IQE).isZero();
            return true;
        }
    }

    private void invalidateDevice(int pasid, long first, long last) {
        endpoint.invalidate(pasid, first, last);
    }

    @BeforeEach
    void enable() {
        hardware.write64(Registers.IQA, ring.address() | Registers.IQA_DW);
        hardware.write64(Registers.RTADDR, root.register());
        hardware.write32(Registers.GCMD, Registers.GCMD_SRTP | Registers.GCMD_QIE);
        hardware.write32(Registers.GCMD, Registers.GCMD_TE | Registers.GCMD_QIE);
        hardware.connect(device);
        tables.enter();
        table.map(PAGE, 0x9000, FirstStageTable.RWU);
    }

    private Domain domain(PageTable of) {
        return faults.allocateDomain("sva", "a", of, false);
    }

    private long translate(int pasid) {
        return hardware.translate(device, pasid, PAGE);
    }

    private int reason() {
        return FaultRecord.reason(hardware.read64(Registers.FRCD + 8));
    }

    @Test
    void t04_theUnitFindsATableThatTheDriverEntered() {
        tables.attach(PASID, domain(table));
        assertThat(translate(PASID)).isEqualTo(Translation.of(0x9000, 7));
        assertThat(hardware.transact(device, PASID, Permissions.READ, 0x1000)).isEqualTo(Translation.NONE);
        assertThat(reason()).isEqualTo(FaultReason.FS_NOT_PRESENT);
    }

    @Test
    void t04_aPasidThatWasNeverAttached_isTheArchitecturesFault() {
        assertThat(translate(PASID)).isEqualTo(Translation.NONE);
        assertThat(reason()).isEqualTo(FaultReason.SM_DIRECTORY_NOT_PRESENT);
    }

    @Test
    void t04_aPresentEntryIsWrittenWholeBeforeItsPresentBit_andNothingIsInvalidatedForIt() {
        tables.attach(PASID, domain(table));
        assertThat(descriptors).as("caching mode is clear").isEmpty();
    }

    @Test
    void t05_aDriverThatLosesItsDescriptors_isSeen() {
        tables.attach(PASID, domain(table));
        translate(PASID);
        lossy = true;
        tables.detach(PASID);
        assertThat(translate(PASID)).as("the PASID cache is stale").isEqualTo(Translation.of(0x9000, 7));
    }

    @Test
    void t05_theDriversDescriptors_endWhatTheUnitHasCached() {
        tables.attach(PASID, domain(table));
        translate(PASID);
        tables.detach(PASID);
        assertThat(descriptors).containsExactly("900010017 0", "900010026 0");
        assertThat(translate(PASID)).isEqualTo(Translation.NONE);
        assertThat(reason()).as("requests of a PASID that went are silent").isZero();
    }

    @Test
    void t05_aMissingInvalidationOfARange_isSeen_andTheRangeEndsIt() {
        tables.attach(PASID, domain(table));
        assertThat(hardware.transact(device, PASID, Permissions.WRITE, PAGE)).isNotEqualTo(Translation.NONE);
        table.unmap(PAGE);
        assertThat(hardware.transact(device, PASID, Permissions.WRITE, PAGE))
                .as("stale: not invalidated")
                .isNotEqualTo(Translation.NONE);
        tables.invalidate(PASID, PAGE + 0x1000, PAGE + 0x1fff);
        assertThat(hardware.transact(device, PASID, Permissions.WRITE, PAGE))
                .as("another page")
                .isNotEqualTo(Translation.NONE);
        tables.invalidate(PASID, PAGE, PAGE + 0x2fff);
        assertThat(hardware.transact(device, PASID, Permissions.WRITE, PAGE)).isEqualTo(Translation.NONE);
        assertThat(endpoint.forgot(PASID, PAGE)).isTrue();
    }

    /** A translation request that grants less than everything is served from the last table, not from the IOTLB. */
    @Test
    void t05_aCachedLastTable_isStaleUntilAnyOfItsPagesIsInvalidated_andItsEntriesAreReadEachTime() {
        long readOnly = 0x8000_0000_0000_0005L;
        table.map(PAGE, 0x9000, readOnly);
        tables.attach(PASID, domain(table));
        assertThat(translate(PASID)).isEqualTo(Translation.of(0x9000, Permissions.READ));
        table.map(PAGE, 0x9000, readOnly | FirstStageTable.RWU);
        assertThat(translate(PASID)).as("a grant needs no invalidation").isEqualTo(Translation.of(0x9000, 3));
        long[][] ranges = {{PAGE & -(1L << 21), 0xfff}, {PAGE | 0x1f_f000, 0xfff}, {0, (1L << 47) - 1}};
        for (long[] range : ranges) {
            table.cutOut(PAGE);
            assertThat(translate(PASID)).as("stale: not invalidated").isNotEqualTo(Translation.NONE);
            tables.invalidate(PASID, PAGE + (1L << 21), PAGE + (1L << 21) + 0xfff);
            assertThat(translate(PASID)).as("another table").isNotEqualTo(Translation.NONE);
            tables.invalidate(PASID, range[0], range[0] + range[1]);
            assertThat(translate(PASID)).isEqualTo(Translation.NONE);
            table.map(PAGE, 0x9000, readOnly);
            assertThat(translate(PASID)).isEqualTo(Translation.of(0x9000, Permissions.READ));
        }
    }

    @Test
    void t05_aLastTableBelowALevelThatGrantsLess_isWalkedFromTheRoot() {
        table.map(PAGE, 0x9000, FirstStageTable.RWU);
        table.limit(PAGE, 0x5);
        tables.attach(PASID, domain(table));
        assertThat(translate(PASID)).isEqualTo(Translation.of(0x9000, Permissions.READ | Permissions.EXEC));
        table.limit(PAGE, FirstStageTable.RWU);
        assertThat(translate(PASID)).isEqualTo(Translation.of(0x9000, 7));
    }

    /** Software may use a table's memory for something else when the invalidation has returned. */
    @Test
    void s06_anInvalidationReturnsAfterAWalkThatBeganBefore() throws Exception {
        HeldMemory held = new HeldMemory(pages);
        tables.attach(PASID, domain(new FirstStageTable(pages, 0x10_0000) {
            @Override
            public PhysicalMemory memory() {
                return held;
            }
        }));
        Thread walker = new Thread(() -> hardware.transact(device, PASID, Permissions.WRITE, PAGE), "walker");
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

    /** Memory whose first load waits. */
    private static final class HeldMemory implements PhysicalMemory {
        private final SparseMemory pages;
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        HeldMemory(SparseMemory pages) {
            this.pages = pages;
        }

        void awaitWalk() throws InterruptedException {
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        }

        void release() {
            released.countDown();
        }

        @Override
        public long load(long address) {
            begun.countDown();
            try {
                assertThat(released.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return pages.load(address);
        }

        @Override
        public boolean compareAndSet(long address, long expected, long value) {
            return pages.compareAndSet(address, expected, value);
        }

        @Override
        public boolean contains(long address) {
            return pages.contains(address);
        }

        @Override
        public boolean read(long address, ByteBuffer to) {
            throw new UnsupportedOperationException("read");
        }

        @Override
        public boolean write(long address, ByteBuffer from) {
            throw new UnsupportedOperationException("write");
        }

        @Override
        public long frames() {
            return pages.frames();
        }

        @Override
        public long framesInUse() {
            return pages.framesInUse();
        }
    }

    @Test
    void t05_ofAnObject_nothingIsCached_soARangeNeedsNoDescriptor() {
        long[] granted = {Translation.of(0x9000, 3)};
        tables.attach(PASID, domain(address -> granted[0]));
        assertThat(translate(PASID)).isEqualTo(granted[0]);
        granted[0] = Translation.NONE;
        assertThat(translate(PASID)).isEqualTo(Translation.NONE);
        tables.invalidate(PASID, PAGE, PAGE + 0xfff);
        assertThat(descriptors).isEmpty();
        assertThat(endpoint.forgot(PASID, PAGE)).isTrue();
    }

    @Test
    void t05_aReplacedTable_isForgotten_andItsDomainIdIsGivenAgain() {
        FirstStageTable second = new FirstStageTable(pages, 0x20_0000);
        second.map(PAGE, 0xa000, FirstStageTable.RWU);
        Domain mappedThere = domain(second);
        Domain mappedHere = domain(table);
        tables.attach(PASID, mappedHere);
        translate(PASID);
        for (int i = 0; i < 70_000; i++) {
            tables.attach(PASID, i % 2 == 0 ? mappedThere : mappedHere);
            assertThat(translate(PASID)).isEqualTo(Translation.of(i % 2 == 0 ? 0xa000 : 0x9000, 7));
            endpoint.invalidations.clear();
            descriptors.clear();
        }
    }

    @Test
    void c06_anOwnersEntry_servesEveryOtherPasid_alsoInATableOfAnotherDomain() {
        PageTable owner = address -> Translation.of(0xb000, 3);
        tables.attach(Pasid.NONE, faults.allocateDomain("user", "n", owner, true));
        tables.attach(PASID, domain(table));
        for (int pasid : new int[] {0, PASID - 1, PASID + 1, 64, 12_345, Pasid.MAX}) {
            assertThat(translate(pasid)).isEqualTo(Translation.of(0xb000, 3));
        }
        assertThat(translate(PASID)).isEqualTo(Translation.of(0x9000, 7));
        tables.detach(PASID);
        assertThat(translate(PASID)).isEqualTo(Translation.of(0xb000, 3));
        tables.detach(Pasid.NONE);
        for (int pasid : new int[] {Pasid.NONE, 0, PASID, 64, 12_345, Pasid.MAX}) {
            assertThat(translate(pasid)).isEqualTo(Translation.NONE);
            assertThat(endpoint.forgot(pasid, PAGE)).isTrue();
        }
    }

    @Test
    void t07_aDeviceWithoutContextEntry_mayNotAskForPages() {
        AttachedDevice stranger = new AttachedDevice(0x0408, new RecordingDevice());
        RecordingDevice downstream = new RecordingDevice();
        hardware.connect(new AttachedDevice(0x0409, downstream));
        hardware.pageRequest(0x0409, PASID, 5, Permissions.READ, PAGE, true);
        assertThat(downstream.responses).containsExactly(new RecordingDevice.Response(PASID, 5, 0xf));
        assertThat(reason()).isEqualTo(FaultReason.SM_ROOT_NOT_PRESENT);
        assertThat(FaultRecord.pageRequest(hardware.read64(Registers.FRCD + 8))).isTrue();
        assertThat(hardware.translate(stranger, PASID, PAGE)).isEqualTo(Translation.NONE);
    }

    @Test
    void memory_isGivenBackWhenADeviceGoes() {
        tables.attach(PASID, domain(table));
        long before = memory.framesInUse();
        tables.close();
        assertThat(memory.framesInUse()).isEqualTo(before - 33);
        for (int i = 0; i < 100; i++) {
            DeviceTables next = new DeviceTables(unit, "next", DEVICE, this::invalidateDevice, device.asked());
            next.enter();
            assertThat(hardware.translate(device, PASID, PAGE)).isEqualTo(Translation.NONE);
            next.attach(PASID, domain(table));
            assertThat(translate(PASID)).isNotEqualTo(Translation.NONE);
            next.close();
        }
        assertThat(memory.framesInUse()).isEqualTo(before - 33);
    }

    @Test
    void thePasidOfRequestsWithoutPasid_isRefused() {
        assertThatThrownBy(() -> tables.attach(0xf_fffe, domain(table)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("gpu", "0xffffe", "dmar0");
    }
}
