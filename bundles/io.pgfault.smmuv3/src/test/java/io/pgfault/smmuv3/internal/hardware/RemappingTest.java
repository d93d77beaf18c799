// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.Registers;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Caches, the commands that invalidate them, and event records; the test is the software. Stream 5 has 4 context
 * descriptors. Commands and events are words written by hand.
 */
class RemappingTest {
    private static final int STREAM = 5;
    private static final int ASID = 0x1234;
    private static final int VMID = 0x21;
    private static final long PAGE = 0x5000;
    /** Valid page, AF, AP[1], nG. */
    private static final long RW = 0xc43;

    private static final long READ_ONLY = 0xcc3;
    private static final long S = ContextDescriptor.S;
    private static final int QUEUE = 8;

    private final Memory memory = new Memory(new Sizes(QUEUE, 1, QUEUE, 4));
    private final Hardware hardware = new Hardware(memory, 4, () -> {});
    private final TableMemory tables = memory.tables();
    private final long streams = tables.allocate(12);
    private final long contexts = tables.allocate(12);
    private final long[] levels = {tables.allocate(12), tables.allocate(12), tables.allocate(12), tables.allocate(12)};
    private final long[] second = {tables.allocate(12), tables.allocate(12), tables.allocate(12), tables.allocate(12)};
    private final List<String> sent = new ArrayList<>();
    private final AttachedDevice device = new AttachedDevice(STREAM, new Downstream() {
        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {}

        @Override
        public void resume(int transaction, boolean retry) {}

        @Override
        public void invalidate(int pasid, long first, long last) {
            sent.add("%d: %x to %x".formatted(pasid, first, last));
        }

        @Override
        public void disconnected() {}
    });
    private int commands;
    private int events;

    @BeforeEach
    void enable() {
        memory.devices().add(device);
        for (int level = 0; level < 3; level++) {
            tables.store(levels[level], levels[level + 1] | 3);
        }
        tables.store(levels[3] + 5 * 8, 0x9000 | RW);
        entry(StreamTableEntry.STAGE_1, StreamTableEntry.DSS_SUBSTREAM_0);
        descriptor(1, 0);
        hardware.write(Registers.STRTAB_BASE, (int) streams);
        hardware.write(Registers.STRTAB_BASE + 4, (int) (streams >>> 32));
        hardware.write(Registers.STRTAB_BASE_CFG, 6);
        assertThat(hardware.translate(device, 1, PAGE)).as("off").isEqualTo(Translation.of(PAGE, 7));
        hardware.write(Registers.CR0, 1);
        assertThat(hardware.read(Registers.CR0ACK)).isEqualTo(1);
    }

    private void entry(int config, int dss) {
        long at = streams + STREAM * 64;
        tables.store(at + 24, second[0]);
        tables.store(at + 16, StreamTableEntry.word2(VMID, 48, 0, 5, 0));
        tables.store(at + 8, StreamTableEntry.word1(dss, StreamTableEntry.EATS_FULL));
        tables.store(at, StreamTableEntry.word0(config, StreamTableEntry.LINEAR, contexts, 2));
    }

    private void descriptor(int substream, long flags) {
        tables.store(contexts + substream * 64L + 8, levels[0]);
        tables.store(contexts + substream * 64L, ContextDescriptor.word0(48, 5, ASID, flags));
    }

    /** A second stage that maps the pages of the tables and 0x9000 to themselves. */
    private void nested(int config) {
        for (int level = 0; level < 3; level++) {
            tables.store(second[level], second[level + 1] | 3);
        }
        tables.store(second[0], second[1] | 3);
        // Block of 1 GiB at 4 GiB, where the tables are; a page at 0x9000.
        tables.store(second[1] + 4 * 8, 0x1_0000_0000L | 0x4c1);
        tables.store(second[3] + 9 * 8, 0xa000 | 0x4c3);
        entry(config, StreamTableEntry.DSS_SUBSTREAM_0);
    }

    private void command(long word0, long word1) {
        memory.commands().word(commands, 0, word0);
        memory.commands().word(commands, 1, word1);
        commands = commands + 1 & (2 << QUEUE) - 1;
        hardware.write(Registers.CMDQ_PROD, commands);
        assertThat(hardware.read(Registers.CMDQ_CONS)).as("no error").isEqualTo(commands);
    }

    private boolean reads(int pasid, long address) {
        return hardware.transact(device, 1, pasid, Permissions.READ, address) != Translation.NONE;
    }

    private boolean reads() {
        return reads(1, PAGE);
    }

    /** The next event record; null if there is none. */
    private EventRecord event() {
        if (events == (hardware.read(Registers.EVENTQ_PROD) & (2 << QUEUE) - 1)) {
            return null;
        }
        EventRecord record = new EventRecord(
                memory.events().word(events, 0),
                memory.events().word(events, 1),
                memory.events().word(events, 2),
                memory.events().word(events, 3));
        events = events + 1 & (2 << QUEUE) - 1;
        hardware.write(Registers.EVENTQ_CONS, events);
        return record;
    }

    private void assertEvent(long word0, long word1, long word2, long word3) {
        assertThat(event()).isEqualTo(new EventRecord(word0, word1, word2, word3));
        assertThat(event()).as("one event").isNull();
    }

    // Caches

    @ParameterizedTest
    @ValueSource(longs = {0x1234_0000_0000_0000L | 0x12, 0x13, 0x1234_0000_0000_0000L | 0x11, 0x10, 0x28, 0x30})
    void t05_aMissingInvalidation_isSeen_andACommandThatNamesIt_endsIt(long command) {
        long vmid = (long) VMID << 32;
        assertThat(reads()).isTrue();
        tables.store(levels[3] + 5 * 8, 0);
        assertThat(reads()).as("stale: not invalidated").isTrue();
        command(0x1235_0000_0000_0012L | vmid, PAGE);
        command(0x1235_0000_0000_0011L | vmid, 0);
        assertThat(reads()).as("another ASID").isTrue();
        command(0x1234_0000_0000_0012L | vmid, PAGE + 0x1000);
        command(0x13 | vmid, PAGE + 0x1000);
        assertThat(reads()).as("another page").isTrue();
        command(0x1234_0022_0000_0012L, PAGE);
        command(0x0000_0022_0000_0010L, 0);
        command(0x0000_0022_0000_0028L, 0);
        assertThat(reads()).as("another VMID").isTrue();
        command(0x2aL | vmid, PAGE);
        assertThat(reads()).as("stage 2").isTrue();
        command(0x4, 31);
        assertThat(reads()).as("configuration").isTrue();

        command(command | vmid, PAGE | 1);
        assertThat(reads()).isFalse();
        assertEvent(0x0000_0005_0000_1810L, 0x0208_0000_0000L, PAGE, 0);
    }

    @Test
    void t05_whatWasNotValid_isNeverCached() {
        tables.store(levels[3] + 5 * 8, 0);
        assertThat(reads()).isFalse();
        tables.store(levels[3] + 5 * 8, 0x9000 | RW);
        assertThat(reads()).isTrue();
        assertThat(reads(2, PAGE)).isFalse();
        descriptor(2, 0);
        assertThat(reads(2, PAGE)).isTrue();
    }

    @Test
    void t05_aPermissionThatIsAdded_needsNoInvalidation() {
        tables.store(levels[3] + 5 * 8, 0x9000 | READ_ONLY);
        assertThat(reads()).isTrue();
        tables.store(levels[3] + 5 * 8, 0x9000 | RW);
        assertThat(hardware.transact(device, 1, 1, Permissions.WRITE, PAGE)).isNotEqualTo(Translation.NONE);
    }

    @Test
    void t05_anInvalidationOfOneAddress_endsTheWholeBlock() {
        tables.store(levels[2], 0x4000_0000 | (RW & ~2));
        assertThat(hardware.transact(device, 1, 1, Permissions.READ, PAGE)).isEqualTo(Translation.of(0x4000_5000, 7));
        tables.store(levels[2], 0);
        assertThat(reads()).isTrue();
        command(0x1234_0021_0000_0012L, 0x1f_f000);
        assertThat(reads()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {0x0000_0005_0000_0003L, 0x0000_0004_0000_0004L, 0x0000_0000_0000_0004L})
    void t05_aStreamTableEntry_isCachedUntilACommandNamesIt(long command) {
        assertThat(reads()).isTrue();
        tables.store(streams + STREAM * 64, 0);
        command(0x30, 0);
        command(0x0000_0006_0000_0003L, 1);
        command(0x0000_0006_0000_0004L, 0);
        assertThat(reads()).as("stale: not invalidated").isTrue();
        // Entries 4 and 5; or all.
        command(command, command == 4 ? 31 : 0);
        assertThat(reads()).isFalse();
        assertEvent(0x0000_0005_0000_1804L, 0, 0, 0);
    }

    @Test
    void t05_aContextDescriptor_isCachedUntilACommandNamesIt() {
        descriptor(0, 0);
        assertThat(reads()).isTrue();
        assertThat(reads(Pasid.NONE, PAGE)).isTrue();
        tables.store(contexts, 0);
        tables.store(contexts + 64, 0);
        command(0x30, 0);
        command(0x0000_0005_0000_2005L, 1);
        command(0x0000_0006_0000_1005L, 1);
        command(0x0000_0006_0000_0006L, 0);
        assertThat(reads()).as("stale: not invalidated").isTrue();
        command(0x0000_0005_0000_1005L, 1);
        assertThat(reads()).isFalse();
        assertThat(reads(Pasid.NONE, PAGE)).as("substream 0").isTrue();
        command(0x0000_0005_0000_0005L, 1);
        assertThat(reads(Pasid.NONE, PAGE)).isFalse();

        descriptor(1, 0);
        assertThat(reads()).isTrue();
        tables.store(contexts + 64, 0);
        command(0x0000_0005_0000_0006L, 0);
        assertThat(reads()).isFalse();
    }

    @Test
    void t05_stage2_isForgottenByIpa_andNestedTranslationsByStage1Commands() {
        nested(StreamTableEntry.STAGE_2);
        assertThat(reads(Pasid.NONE, 0x9000)).isTrue();
        tables.store(second[3] + 9 * 8, 0);
        command(0x0000_0021_0000_0010L, 0);
        command(0x0000_0021_0000_002aL, 0x8000);
        assertThat(reads(Pasid.NONE, 0x9000)).as("stale: not invalidated").isTrue();
        command(0x0000_0021_0000_002aL, 0x9000);
        assertThat(reads(Pasid.NONE, 0x9000)).isFalse();

        nested(StreamTableEntry.NESTED);
        command(0x4, 31);
        assertThat(hardware.translate(device, 1, PAGE)).isEqualTo(Translation.of(0xa000, 7));
        assertThat(reads()).isTrue();
        tables.store(second[3] + 9 * 8, 0);
        command(0x0000_0021_0000_002aL, 0x9000);
        assertThat(reads()).as("stale: both stages together").isTrue();
        command(0x0000_0021_0000_0010L, 0);
        assertThat(reads()).isFalse();
    }

    /** A hit of both caches: for a transaction, and for a translation request of a page that grants everything. */
    @Test
    void t05_aHitAllocatesNothing() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(reads()).isTrue();
        long sum = 0;
        long before = 0;
        for (int i = 0; i < 120_000; i++) {
            if (i == 20_000) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            sum += hardware.transact(device, 1, 1, Permissions.WRITE, PAGE) + hardware.translate(device, 1, PAGE);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(sum).isEqualTo(240_000L * Translation.of(0x9000, 7));
        assertThat(allocated).isLessThan(10_000);
    }

    @Test
    void t03_t05_aTranslationCachedFromARead_doesNotHideDirtyState() {
        tables.store(levels[3] + 5 * 8, 1L << 51 | 0x9000 | (READ_ONLY & ~0x400));
        descriptor(1, ContextDescriptor.HA | ContextDescriptor.HD);
        assertThat(reads()).isTrue();
        assertThat(tables.load(levels[3] + 5 * 8)).isEqualTo(1L << 51 | 0x9000 | READ_ONLY);
        hardware.transact(device, 1, 1, Permissions.WRITE, PAGE);
        assertThat(tables.load(levels[3] + 5 * 8)).isEqualTo(1L << 51 | 0x9000 | RW);
    }

    @Test
    void atcInvalidate_reachesTheDevice() {
        reads();
        reads(3, PAGE);
        command(0x0000_0005_0000_1840L, 0x1_2345_3001L);
        command(0x0000_0005_0000_0040L, 52);
        command(0x0000_0005_0000_0a40L, 0);
        command(0x0000_0009_0000_0040L, 52);
        assertThat(sent)
                .containsExactly(
                        "1: 123452000 to 123453fff", "-1: 0 to ffffffffffffffff", "1: 0 to fff", "3: 0 to fff");
    }

    // Event records

    @Test
    void t07_faultsOfConfiguration_areRecordedWordForWord() {
        reads(4, PAGE);
        assertEvent(0x0000_0005_0000_4808L, 0, 0, 0);
        reads(3, PAGE);
        assertEvent(0x0000_0005_0000_380aL, 0, 0, 0);
        reads(0, PAGE);
        assertEvent(0x0000_0005_0000_0806L, 0, 0, 0);
        tables.store(streams + STREAM * 64, StreamTableEntry.word0(0b101, 0, 0x7000, 2));
        command(0x3L | 5L << 32, 1);
        reads();
        assertEvent(0x0000_0005_0000_1809L, 0, 0, 0x7040);
        tables.store(streams + STREAM * 64, 0);
        command(0x3L | 5L << 32, 1);
        reads();
        assertEvent(0x0000_0005_0000_1804L, 0, 0, 0);
        tables.store(streams + STREAM * 64, 1);
        reads();
        assertThat(event()).as("an entry that aborts is silent").isNull();
        AttachedDevice stranger = new AttachedDevice(0x40, null);
        hardware.transact(stranger, 1, 7, Permissions.READ, PAGE);
        assertEvent(0x0000_0040_0000_7802L, 0, 0, 0);
        hardware.write(Registers.CR0, 0);
        hardware.write(Registers.STRTAB_BASE, 0x5000);
        hardware.write(Registers.STRTAB_BASE + 4, 0);
        hardware.write(Registers.CR0, 1);
        reads();
        assertEvent(0x0000_0005_0000_1803L, 0, 0, 0x5140);
    }

    @Test
    void t07_faultsOfTables_areRecordedWithAccessClassAndStage() {
        descriptor(1, 0);
        hardware.transact(device, 1, 1, Permissions.WRITE | Permissions.PRIV, 0x6123);
        assertEvent(0x0000_0005_0000_1810L, 0x0202_0000_0000L, 0x6123, 0);
        hardware.transact(device, 1, 1, Permissions.READ | Permissions.EXEC, 0x6123);
        assertEvent(0x0000_0005_0000_1810L, 0x020c_0000_0000L, 0x6123, 0);
        tables.store(levels[3] + 5 * 8, 0x9000 | READ_ONLY);
        hardware.transact(device, 1, 1, Permissions.WRITE, PAGE);
        assertEvent(0x0000_0005_0000_1813L, 0x0200_0000_0000L, PAGE, 0);
        tables.store(levels[3] + 5 * 8, 0x9000 | (RW & ~0x400));
        reads();
        assertEvent(0x0000_0005_0000_1812L, 0x0208_0000_0000L, PAGE, 0);
        tables.store(levels[2], 0x7000 | 3);
        reads();
        assertEvent(0x0000_0005_0000_180bL, 0x0108_0000_0000L, PAGE, 0x7028);

        nested(StreamTableEntry.NESTED);
        command(0x4, 31);
        tables.store(second[1] + 4 * 8, 0);
        reads();
        assertEvent(0x0000_0005_0000_1810L, 0x0088_0000_0000L, PAGE, contexts);
        nested(StreamTableEntry.NESTED);
        reads();
        assertEvent(0x0000_0005_0000_1810L, 0x0188_0000_0000L, PAGE, 0x7000);
        tables.store(levels[2], levels[3] | 3);
        tables.store(levels[3] + 5 * 8, 0x8000 | RW);
        reads();
        assertEvent(0x0000_0005_0000_1810L, 0x0288_0000_0000L, PAGE, 0x8000);
    }

    @Test
    void t07_aTransactionStalls_whereTheTablesSayIt() {
        descriptor(1, S);
        assertThat(hardware.transact(device, 7, 1, Permissions.READ, 0x6000)).isEqualTo(Upstream.STALLED);
        EventRecord stalled = event();
        assertThat(stalled.word1() & ~0xffffL).isEqualTo(0x0208_8000_0000L);
        assertThat(stalled.word2()).isEqualTo(0x6000);

        tables.store(contexts + 2 * 64 + 8, levels[0]);
        tables.store(contexts + 2 * 64, ContextDescriptor.word0(48, 5, ASID, 0) & ~ContextDescriptor.R);
        assertThat(hardware.transact(device, 7, 2, Permissions.READ, 0x6000)).isEqualTo(Translation.NONE);
        assertThat(event()).as("neither S nor R").isNull();

        nested(StreamTableEntry.NESTED);
        tables.store(streams + STREAM * 64 + 8, 0);
        tables.store(streams + STREAM * 64 + 16, StreamTableEntry.word2(VMID, 48, 0, 5, StreamTableEntry.S2S));
        tables.store(second[3] + 9 * 8, 0);
        command(0x4, 31);
        assertThat(hardware.transact(device, 8, 1, Permissions.READ, PAGE)).isEqualTo(Upstream.STALLED);
        stalled = event();
        assertThat(stalled.word1() & ~0xffffL).isEqualTo(0x0288_8000_0000L);
        assertThat(stalled.word3()).isEqualTo(0x9000);
    }

    @Test
    void t07_aTranslationRequestThatAPageRequestMends_leavesNoRecord() {
        assertThat(hardware.translate(device, 1, 0x6000)).isEqualTo(Translation.NONE);
        assertThat(event()).isNull();
        assertThat(hardware.translate(device, 3, PAGE)).isEqualTo(Translation.NONE);
        assertEvent(0x0000_0005_0000_380aL, 0, 0, 0);
        tables.store(streams + STREAM * 64 + 8, StreamTableEntry.word1(2, StreamTableEntry.EATS_NONE));
        command(0x4, 31);
        assertThat(hardware.translate(device, 1, PAGE)).isEqualTo(Translation.NONE);
        assertThat(event().id().name()).isEqualTo("F_BAD_ATS_TREQ");
    }
}
