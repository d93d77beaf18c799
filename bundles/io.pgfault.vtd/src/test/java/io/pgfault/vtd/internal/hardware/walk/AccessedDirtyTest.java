// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.vtd.TestThread;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.PasidEntry;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

/** Bits that a walk sets, and what a fault says, on tables written by hand. */
class AccessedDirtyTest {
    private static final long TOP = 0x10_0000;
    private static final long SECOND = 0x20_0000;
    private static final long ADDRESS = 0x5000;

    private final SparseMemory memory = new SparseMemory();
    private final TranslationStructures structures = new TranslationStructures(memory, Capabilities.FULL);
    private final Walk walk = new Walk();

    /** Four levels for address 0x5000, at 0x100000, 0x101000, 0x102000 and 0x103000, to the page at 0x9000. */
    private static void path(SparseMemory memory, long top, long flags, long leaf) {
        for (int i = 0; i < 3; i++) {
            memory.store(top + 0x1000L * i, (top + 0x1000L * (i + 1)) | flags);
        }
        memory.store(top + 0x3000 + 5 * 8, leaf | flags);
    }

    private PagingContext paging(int type, long flags, boolean secondStageDirty) {
        return new PagingContext(type, false, 1, TOP, 4, SECOND, 4, flags, secondStageDirty, false);
    }

    @Test
    void t03_aRead_setsAccessedInEachFirstStageEntry_aWriteDirtyInTheLast() {
        path(memory, TOP, 0x7, 0x9000);
        PagingContext context = paging(PasidEntry.FIRST_STAGE, 0, false);

        assertThat(structures.walk(walk, context, ADDRESS, Permissions.READ)).isTrue();
        assertThat(memory.load(TOP)).isEqualTo(0x10_1027);
        assertThat(memory.load(TOP + 0x3028)).isEqualTo(0x9027);
        assertThat(walk.isClean())
                .as("a cached translation must not serve writes")
                .isTrue();

        assertThat(structures.walk(walk, context, ADDRESS, Permissions.WRITE)).isTrue();
        assertThat(memory.load(TOP)).isEqualTo(0x10_1027);
        assertThat(memory.load(TOP + 0x3028)).isEqualTo(0x9067);
        assertThat(walk.isClean()).isFalse();
    }

    @Test
    void t02_aFirstStageThatLeadsToTheRangeOfInterrupts_isRefused() {
        path(memory, TOP, 0x7, 0xfeef_f000L);
        PagingContext context = paging(PasidEntry.FIRST_STAGE, 0, false);
        assertThat(structures.walk(walk, context, ADDRESS, Permissions.READ)).isFalse();
        assertThat(walk.reason()).isEqualTo(FaultReason.SM_INTERRUPT_ADDRESS);
        assertThat(walk.stage()).isEqualTo(1);

        memory.store(TOP + 0x3028, 0xfef0_0007L);
        assertThat(structures.walk(walk, context, ADDRESS, Permissions.READ)).isTrue();
    }

    @Test
    void t03_extendedAccessed_onlyIfThePasidEntryAsks() {
        path(memory, TOP, 0x7, 0x9000);
        structures.walk(walk, paging(PasidEntry.FIRST_STAGE, PasidEntry.EAFE, false), ADDRESS, Permissions.READ);
        assertThat(memory.load(TOP)).isEqualTo(0x10_1427);
        assertThat(memory.load(TOP + 0x3028)).isEqualTo(0x9427);
    }

    @Test
    void t03_secondStage_setsBitsOnlyIfThePasidEntryAsks() {
        path(memory, SECOND, 0x3, 0x9000);
        structures.walk(walk, paging(PasidEntry.SECOND_STAGE, 0, false), ADDRESS, Permissions.WRITE);
        assertThat(memory.load(SECOND + 0x3028)).isEqualTo(0x9003);
        assertThat(walk.isClean()).isFalse();

        structures.walk(walk, paging(PasidEntry.SECOND_STAGE, 0, true), ADDRESS, Permissions.READ);
        assertThat(memory.load(SECOND)).isEqualTo(0x20_1103);
        assertThat(memory.load(SECOND + 0x3028)).isEqualTo(0x9103);
        assertThat(walk.isClean()).isTrue();

        structures.walk(walk, paging(PasidEntry.SECOND_STAGE, 0, true), ADDRESS, Walk.TRANSLATE);
        assertThat(memory.load(SECOND + 0x3028))
                .as("a grant of writes counts as a write")
                .isEqualTo(0x9303);
    }

    @Test
    void t03_anAccessThatIsRefused_setsNoDirtyBit() {
        path(memory, TOP, 0x5, 0x9000);
        assertThat(structures.walk(walk, paging(PasidEntry.FIRST_STAGE, 0, false), ADDRESS, Permissions.WRITE))
                .isFalse();
        assertThat(walk.reason()).isEqualTo(FaultReason.SM_WRITE);
        assertThat(memory.load(TOP + 0x3028)).isEqualTo(0x9005);
    }

    /** Walks set bits while another thread changes other bits of the same entries: neither loses a change. */
    @Test
    void t03_bitsAreSetAtomically() throws Exception {
        path(memory, TOP, 0x7, 0x9000);
        long ignored = 1L << 52;
        for (int round = 0; round < 200; round++) {
            memory.store(TOP + 0x3028, 0x9007);
            CyclicBarrier both = new CyclicBarrier(2);
            TestThread owner = TestThread.start(() -> {
                both.await();
                long entry;
                do {
                    entry = memory.load(TOP + 0x3028);
                } while (!memory.compareAndSet(TOP + 0x3028, entry, entry | ignored));
            });
            both.await();
            structures.walk(walk, paging(PasidEntry.FIRST_STAGE, 0, false), ADDRESS, Permissions.WRITE);
            owner.join();
            assertThat(memory.load(TOP + 0x3028)).isEqualTo(0x9067 | ignored);
        }
    }

    @Test
    void t06_aFault_saysStageLevelAndAddress() {
        // The first stage's tables lie at guest addresses 0x5000 to 0x8000.
        PagingContext context = new PagingContext(PasidEntry.NESTED, false, 1, 0x5000, 4, SECOND, 4, 0, false, false);
        path(memory, SECOND, 0x3, TOP);
        memory.store(TOP, 0x6000 | 0x7);

        assertThat(structures.walk(walk, context, ADDRESS, Permissions.READ)).isFalse();
        assertThat(walk.reason()).isEqualTo(FaultReason.FS_READ);
        assertThat(walk.stage()).isEqualTo(2);
        assertThat(walk.level()).isEqualTo(1);
        assertThat(walk.faultAddress()).as("the guest address of the entry").isEqualTo(0x6000);

        memory.store(TOP, 0);
        assertThat(structures.walk(walk, context, ADDRESS, Permissions.READ)).isFalse();
        assertThat(walk.reason()).isEqualTo(FaultReason.FS_NOT_PRESENT);
        assertThat(walk.stage()).isEqualTo(1);
        assertThat(walk.level()).isEqualTo(4);
        assertThat(walk.faultAddress()).isEqualTo(ADDRESS);
    }

    @Test
    void t02_notCanonical() {
        PagingContext context = paging(PasidEntry.FIRST_STAGE, 0, false);
        assertThat(structures.walk(walk, context, 0x8000_0000_0000L, Permissions.READ))
                .isFalse();
        assertThat(walk.reason()).isEqualTo(FaultReason.NOT_CANONICAL);
        assertThat(structures.walk(walk, context, 0xffff_8000_0000_0000L, Permissions.READ))
                .isFalse();
        assertThat(walk.reason()).as("canonical, but no memory").isEqualTo(FaultReason.FS_TOP_ACCESS);
    }
}
