// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.PRIV;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Walks of tables written by hand; expected values are those of the architecture's text. */
class WalkerTest {
    private static final int F_TRANSLATION = 0x10;
    private static final int F_ADDR_SIZE = 0x11;
    private static final int F_ACCESS = 0x12;
    private static final int F_PERMISSION = 0x13;
    private static final int F_WALK_EABT = 0x0b;
    private static final int CLASS_TT = 1;
    private static final int CLASS_IN = 2;

    /** T0SZ 16, IPS 48 bits, V, AA64, A, EPD1. */
    private static final long CD = 0x4205_c000_0010L | 1L << 31;

    private static final long HA = 1L << 43;
    private static final long HD = 1L << 42;
    private static final long AF = 1L << 10;
    private static final long USER = 1L << 6;
    private static final long READ_ONLY = 1L << 7;
    private static final long DBM = 1L << 51;
    /** Level 0, 1, 2, 3 tables. */
    private static final long TABLE = 0x10_0000;

    private static final long PAGE = 0x1234_5000L;
    private static final long ADDRESS = 0x7f00_1234_5678L;

    private final WordMemory memory = new WordMemory().pages(TABLE, 4);
    private final Walker walker = new Walker(memory);

    private static Stage1 stage1(long flags) {
        return Stage1.of(CD | flags, TABLE, 0, false);
    }

    private static long slot(int level) {
        return TABLE + 0x1000L * level + 8 * (ADDRESS >>> (39 - 9 * level) & 0x1ff);
    }

    private void map(int level, long leaf) {
        for (int i = 0; i < level; i++) {
            memory.put(slot(i), TABLE + 0x1000L * (i + 1) | 0b11);
        }
        memory.put(slot(level), leaf);
    }

    private long walk(long flags, int access) {
        return walker.walk(stage1(flags), null, ADDRESS, access);
    }

    private static void assertFault(long result, int event, boolean stage2, int level, int faultClass, long word3) {
        assertThat(Result.fault(result)).isTrue();
        assertThat(Result.event(result)).isEqualTo(event);
        assertThat(Result.stage2(result)).isEqualTo(stage2);
        assertThat(Result.level(result)).isEqualTo(level);
        assertThat(Result.faultClass(result)).isEqualTo(faultClass);
        assertThat(Result.address3(result)).isEqualTo(word3);
    }

    @Test
    void t01_pagesAndBlocks_giveAddressSizeAndPermissions() {
        map(3, PAGE | AF | USER | 0b11);
        long page = walk(0, READ | WRITE);
        assertThat(Result.address(page)).isEqualTo(PAGE);
        assertThat(Result.log2(page)).isEqualTo(12);
        assertThat(Result.permissions(page, false)).isEqualTo(READ | WRITE | EXEC);
        assertThat(Result.permissions(page, true))
                .as("user-writable is never executed")
                .isEqualTo(READ | WRITE);

        map(2, 0x4020_0000L | AF | 0b01);
        long block = walk(0, READ | PRIV);
        assertThat(Result.address(block)).isEqualTo(0x4020_0000L | (ADDRESS & 0x1f_f000));
        assertThat(Result.log2(block)).isEqualTo(21);
        assertThat(Result.permissions(block, false)).isEqualTo(EXEC);

        map(1, 0x8000_0000L | AF | 0b01);
        assertThat(Result.address(walk(0, READ | PRIV))).isEqualTo(0x8000_0000L | (ADDRESS & 0x3fff_f000));
    }

    @Test
    void t01_faults_nameTheLevelAtWhichTheWalkEnded() {
        for (int level = 0; level < 4; level++) {
            map(level, 0);
            assertFault(walk(0, READ), F_TRANSLATION, false, level, CLASS_IN, 0);
        }
        map(3, PAGE | AF | USER | READ_ONLY | 0b11);
        assertFault(walk(0, WRITE), F_PERMISSION, false, 3, CLASS_IN, 0);
        map(2, 0x7777_0000_3003L);
        assertFault(walk(0, READ), F_WALK_EABT, false, 3, CLASS_TT, 0x7777_0000_3000L + 8 * (ADDRESS >>> 12 & 0x1ff));
    }

    @Test
    void t02_reservedFormsAndAddressesBeyondTheSizes_fault() {
        map(0, 0x8000_0000L | AF | 0b01);
        assertFault(walk(0, READ), F_TRANSLATION, false, 0, CLASS_IN, 0);
        map(3, PAGE | AF | 0b01);
        assertFault(walk(0, READ), F_TRANSLATION, false, 3, CLASS_IN, 0);
        assertFault(walker.walk(stage1(0), null, 1L << 48, READ), F_TRANSLATION, false, 0, CLASS_IN, 0);
        assertFault(walker.walk(stage1(0), null, -1L, READ), F_TRANSLATION, false, 0, CLASS_IN, 0);
        Stage1 small = Stage1.of(CD & ~(7L << 32), TABLE, 0, false);
        map(3, 0x1_0000_0000L | AF | 0b11);
        assertFault(walker.walk(small, null, ADDRESS, READ), F_ADDR_SIZE, false, 3, CLASS_IN, 0);
        map(1, 0x1_0000_0003L);
        assertFault(walker.walk(small, null, ADDRESS, READ), F_ADDR_SIZE, false, 1, CLASS_IN, 0);
        assertFault(walker.walk(null, null, 1L << 48, READ), F_ADDR_SIZE, false, 0, CLASS_IN, 0);
    }

    @Test
    void t03_aClearAccessFlag_faultsUnlessTheHardwareSetsIt() {
        map(3, PAGE | USER | 0b11);
        assertFault(walk(0, READ), F_ACCESS, false, 3, CLASS_IN, 0);
        assertThat(memory.load(slot(3)) & AF).isZero();
        assertThat(Result.fault(walk(1L << 35, READ))).as("AFFD").isFalse();
        assertThat(memory.load(slot(3)) & AF).isZero();
        assertThat(Result.address(walk(HA, READ))).isEqualTo(PAGE);
        assertThat(memory.load(slot(3))).isEqualTo(PAGE | USER | AF | 0b11);
    }

    @Test
    void t03_theFirstWrite_makesADirtyPageWritable() {
        long clean = PAGE | USER | AF | DBM | READ_ONLY | 0b11;
        map(3, clean);
        assertFault(walk(HA, WRITE), F_PERMISSION, false, 3, CLASS_IN, 0);
        assertFault(walk(HD, WRITE), F_PERMISSION, false, 3, CLASS_IN, 0);
        assertThat(Result.permissions(walk(HA | HD, READ), false)).isEqualTo(READ | EXEC);
        assertThat(memory.load(slot(3))).isEqualTo(clean);
        assertThat(Result.permissions(walk(HA | HD, WRITE), false)).isEqualTo(READ | WRITE | EXEC);
        assertThat(memory.load(slot(3))).isEqualTo(clean & ~READ_ONLY);
    }

    @Test
    void t03_anUpdateThatLosesARace_isTriedAgainAndReadOnlyMemoryAborts() {
        map(3, PAGE | USER | 0b11);
        memory.refusals = 3;
        assertThat(Result.address(walk(HA, READ))).isEqualTo(PAGE);
        assertThat(memory.load(slot(3)) & AF).isEqualTo(AF);
        map(3, PAGE | USER | 0b11);
        memory.readOnly = true;
        assertFault(walk(HA, READ), F_WALK_EABT, false, 3, CLASS_TT, slot(3));
    }

    @Test
    void t06_aStageTwoFault_saysWhatItTranslated() {
        // The second stage maps the first GiB to itself in blocks of 2 MiB; S2T0SZ 33, SL0 level 1, S2PS 48 bits.
        long s2 = 0x20_0000;
        memory.put(s2, s2 + 0x1003);
        for (int i = 0; i < 512; i++) {
            memory.put(s2 + 0x1000 + 8L * i, i * 0x20_0000L | 0b11L << 6 | AF | 0b01);
        }
        Stage2 stage2 = Stage2.of(33L << 32 | 1L << 38 | 5L << 48 | 1L << 51, s2);
        map(3, PAGE | AF | USER | 0b11);
        long result = walker.walk(stage1(0), stage2, ADDRESS, READ);
        assertThat(Result.address(result)).isEqualTo(PAGE);
        assertThat(Result.log2(result)).isEqualTo(12);

        long leaf = s2 + 0x1000 + 8 * (PAGE >>> 21);
        memory.put(leaf, 0);
        assertFault(walker.walk(stage1(0), stage2, ADDRESS, READ), F_TRANSLATION, true, 2, CLASS_IN, PAGE);
        long tables = s2 + 0x1000 + 8 * (TABLE >>> 21);
        memory.put(tables, 0);
        assertFault(walker.walk(stage1(0), stage2, ADDRESS, READ), F_TRANSLATION, true, 2, CLASS_TT, TABLE);
        map(3, 0x40_0000_0000L | AF | USER | 0b11);
        memory.put(tables, 0b11L << 6 | AF | 0b01);
        assertFault(walker.walk(stage1(0), stage2, ADDRESS, READ), F_TRANSLATION, true, 1, CLASS_IN, 0x40_0000_0000L);
        map(3, PAGE | USER | 0b11);
        memory.put(leaf, (PAGE & -0x20_0000L) | 0b11L << 6 | AF | 0b01);
        memory.put(tables, 0b01L << 6 | AF | 0b01);
        assertFault(walker.walk(stage1(HA), stage2, ADDRESS, READ), F_PERMISSION, true, 2, CLASS_TT, TABLE + 0x3000);
    }

    @Test
    void t01_startingTablesOfTheSecondStage_areConcatenated() {
        // S2T0SZ 21: 43 bits from level 1 on, 16 tables in a row.
        Stage2 stage2 = Stage2.of(21L << 32 | 1L << 38 | 5L << 48 | 1L << 51, 0x20_1000L);
        long ipa = 0x7ff_c000_0000L;
        memory.put(0x20_0000L + 8 * (ipa >>> 30), 0x1_4000_0000L | 0b11L << 6 | AF | 0b01);
        assertThat(Result.address(walker.walk(null, stage2, ipa + 0x5000, READ)))
                .isEqualTo(0x1_4000_5000L);
        assertThat(Stage2.of(20L << 32 | 1L << 38 | 5L << 48 | 1L << 51, 0))
                .as("32 tables")
                .isNull();
        assertThat(Stage2.of(34L << 32 | 2L << 38 | 5L << 48 | 1L << 51, 0))
                .as("no bits at level 0")
                .isNull();
    }

    @Test
    void t01_aWalk_allocatesNothing() {
        long[] words = new long[4 * 512];
        PlainMemory plain = new PlainMemory(words);
        for (int level = 0; level < 4; level++) {
            words[(int) ((slot(level) - TABLE) >>> 3)] =
                    level == 3 ? PAGE | AF | USER | 0b11 : TABLE + 0x1000L * (level + 1) | 0b11;
        }
        Walker measured = new Walker(plain);
        Stage1 stage = stage1(HA | HD);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (int i = 0; i < 20_000; i++) {
            sum += measured.walk(stage, null, ADDRESS, READ);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            sum += measured.walk(stage, null, ADDRESS, READ);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(sum).isNotZero();
        assertThat(allocated).isLessThan(10_000);
    }

    private static final class PlainMemory extends WordMemory {
        private final long[] plain;

        PlainMemory(long[] plain) {
            this.plain = plain;
        }

        @Override
        public long load(long address) {
            return plain[(int) ((address - TABLE) >>> 3)];
        }

        @Override
        public boolean contains(long address) {
            return true;
        }
    }
}
