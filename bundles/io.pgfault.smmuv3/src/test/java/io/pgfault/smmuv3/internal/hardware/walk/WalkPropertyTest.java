// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.smmuv3.internal.hardware.walk.ObviousWalker.Outcome;
import io.pgfault.smmuv3.spec.EventId;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random tables and addresses: the walker agrees with {@link ObviousWalker}, in the result and in the memory left. */
class WalkPropertyTest {
    private static final int TABLES = 20;
    /** Tables of the first stage, addresses as the stage sees them. */
    private static final long ARENA = 0x8000_0000L;
    /** Tables of the second stage. */
    private static final long ARENA2 = 0x40_0000L;

    private static final int[] SLOTS = {0, 1, 2, 510, 511};
    private static final String[] CLASSES = {"CD", "TT", "IN"};

    private Random random;
    private WordMemory memory;

    static Outcome outcome(long result) {
        if (!Result.fault(result)) {
            String grants = letters(Result.permissions(result, false), "rwx")
                    + letters(Result.permissions(result, true), "RWX");
            return new Outcome(null, false, 0, "", 0, Result.address(result), Result.log2(result), grants);
        }
        return Outcome.fault(
                EventId.of(Result.event(result)).name(),
                Result.stage2(result),
                Result.level(result),
                CLASSES[Result.faultClass(result)],
                Result.address3(result));
    }

    private static String letters(int permissions, String names) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            letters.append((permissions >>> i & 1) != 0 ? names.charAt(i) : '-');
        }
        return letters.toString();
    }

    @Test
    void t01_stageOne_agreesWithTheText() {
        run(1, 1000, true, false, 250);
    }

    @Test
    void t01_stageTwo_agreesWithTheText() {
        run(2, 1000, false, true, 250);
    }

    @Test
    void t06_stageOneThroughStageTwo_agreesWithTheText() {
        run(3, 1500, true, true, 80);
    }

    private void run(long seed, int tables, boolean first, boolean second, int least) {
        int translated = 0;
        for (int i = 0; i < tables; i++) {
            random = new Random(seed * 1_000_000 + i);
            memory = new WordMemory();
            // Faults of rare kinds need tables that are right elsewhere.
            int wild = random.nextInt(4);
            long[] cd = first ? contextDescriptor(wild) : null;
            long[] ste = second ? streamTableEntry(wild) : null;
            if (second) {
                fill(ARENA2, wild, first ? ARENA : ARENA2, true);
            }
            if (first) {
                fill(ARENA, wild, ARENA, false);
            }
            Stage1 stage1 = first ? Stage1.of(cd[0], cd[1], cd[2], false) : null;
            Stage2 stage2 = second ? Stage2.of(ste[2], ste[3]) : null;
            assertThat(stage1 == null).isEqualTo(!first);
            assertThat(stage2 == null).isEqualTo(!second);
            for (int j = 0; j < 12; j++) {
                translated += compare(cd, ste, stage1, stage2, seed * 1_000_000 + i) ? 1 : 0;
            }
        }
        assertThat(translated).as("cases that translate").isGreaterThan(least);
    }

    private boolean compare(long[] cd, long[] ste, Stage1 stage1, Stage2 stage2, long seed) {
        long address = address(cd);
        int access = random.nextInt(16);
        WordMemory copy = memory.copy();
        Outcome expected = new ObviousWalker(copy, cd, ste).walk(address, access == 8 ? 0 : access);
        long result = new Walker(memory).walk(stage1, stage2, address, access == 8 ? Walker.ANY : access);
        assertThat(outcome(result))
                .as("seed %d, address 0x%x, access %d", seed, address, access)
                .isEqualTo(expected);
        assertThat(words(memory)).as("seed %d, memory", seed).isEqualTo(words(copy));
        return !Result.fault(result);
    }

    private static Map<Long, Long> words(WordMemory memory) {
        memory.words.values().removeIf(word -> word == 0);
        return memory.words;
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private long[] contextDescriptor(int wild) {
        long word0 = oneIn(2) ? 16 : 16 + random.nextInt(24);
        word0 |= (long) (oneIn(2) ? 16 : 16 + random.nextInt(24)) << 16;
        word0 |= 0b10L << 22 | 1L << 31 | 1L << 41 | 1L << 46;
        word0 |= (wild == 0 ? random.nextInt(8) : 5L) << 32;
        word0 |= random.nextLong() & (1L << 35 | 1L << 36 | 1L << 38 | 1L << 39 | 1L << 40);
        word0 |= random.nextLong() & (1L << 42 | 1L << 43 | 1L << 44 | 1L << 45);
        word0 |= wild == 1 && oneIn(3) ? 1L << 14 : 0;
        word0 |= wild == 1 && oneIn(3) ? 1L << 30 : 0;
        long had0 = random.nextInt(4);
        long had1 = random.nextInt(4);
        return new long[] {word0, table(ARENA) | had0, table(ARENA) | had1};
    }

    private long[] streamTableEntry(int wild) {
        int level = random.nextInt(3);
        int low = new int[] {39, 30, 21}[level];
        int most = Math.min(48, low + 13);
        int bits = Math.max(25, Math.min(most, Math.max(low + 1, 32 + random.nextInt(17))));
        long word2 = (64L - bits) << 32 | (2L - level) << 38 | 1L << 51;
        word2 |= (wild == 2 ? random.nextInt(8) : 5L) << 48;
        word2 |= random.nextLong() & (1L << 53 | 1L << 55 | 1L << 56 | 1L << 57 | 1L << 58);
        word2 |= oneIn(6) ? 1L << 54 : 0;
        return new long[] {0, 0, word2, table(ARENA2)};
    }

    /** A table of an arena; the first one is aligned to the size of concatenated tables. */
    private long table(long arena) {
        return arena + (oneIn(3) ? 0 : 4096L * random.nextInt(TABLES));
    }

    private void fill(long arena, int wild, long target, boolean second) {
        memory.pages(arena, TABLES);
        for (int i = 0; i < TABLES; i++) {
            for (int slot : SLOTS) {
                memory.words.put(arena + 4096L * i + 8L * slot, entry(arena, wild, target, second));
            }
        }
    }

    private long entry(long arena, int wild, long target, boolean second) {
        if (second && target != arena) {
            // Second stages below a first one mostly map addresses to themselves, as far as the level shows them.
            return nestedEntry(wild);
        }
        long attributes = random.nextLong() & (0x7feL << 53 | 1L << 52 | 1L << 51 | 0xffcL);
        attributes |= oneIn(4) ? 0 : 1L << 10;
        attributes |= oneIn(4) ? 0 : 0b11L << 6;
        attributes |= wild == 3 ? random.nextLong() & 0xffffL << 40 : 0;
        long address = oneIn(2) ? table(arena) : random.nextLong() & 0xffff_f000L;
        return address | attributes | (oneIn(8) ? random.nextInt(4) : oneIn(2) ? 0b11 : 0b01);
    }

    private long nestedEntry(int wild) {
        long attributes = random.nextLong() & (1L << 51 | 1L << 52 | 0x33cL);
        attributes |= oneIn(6) ? 0 : 1L << 10;
        attributes |= oneIn(6) ? (long) random.nextInt(4) << 6 : 0b11L << 6;
        attributes |= oneIn(6) ? 1L << 54 : 0;
        attributes |= wild == 3 && oneIn(4) ? random.nextLong() & 0xffffL << 40 : 0;
        boolean block = oneIn(2);
        long address = block ? (oneIn(6) ? 0x4000_0000L : ARENA) : table(ARENA2);
        return address | attributes | (oneIn(12) ? random.nextInt(4) : block ? 0b01 : 0b11);
    }

    private long address(long[] cd) {
        long address = random.nextInt(4096);
        int[] lows = {12, 21, 30, 39};
        for (int low : lows) {
            address |= (long) SLOTS[random.nextInt(SLOTS.length)] << low;
        }
        int bits = cd == null ? 48 : 16 + random.nextInt(33);
        address &= (1L << bits) - 1;
        if (cd != null && oneIn(2)) {
            address |= -1L << bits;
        }
        return oneIn(10) ? address ^ 1L << random.nextInt(64) : address;
    }
}
