// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.vtd.spec.table.ContextEntry;
import io.pgfault.vtd.spec.table.PasidDirectoryEntry;
import io.pgfault.vtd.spec.table.PasidEntry;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Builds, in a memory, all tables that one random request needs, valid at first. {@link #words} has the address of each
 * word that a walk of the request looks at, so that a test can break them bit by bit.
 */
final class RandomTables {
    private static final long BASE = 0x10_0000;
    private static final long READ_WRITE = 0b11;

    final SparseMemory memory = new SparseMemory();
    final List<Long> words = new ArrayList<>();
    final int requesterId;
    /** The PASID, -1 for a request without one. */
    final int pasid;

    final long address;
    final long rootTable;
    private final Random random;
    private final Capabilities unit;
    private long next = BASE;
    private long guestNext = 0x40_0000_0000L;

    /**
     * Tables for one request.
     *
     * @param type PGTT of scalable mode, 1 to 4; 0 for a second stage in legacy mode
     */
    RandomTables(Random random, Capabilities unit, int type) {
        this.random = random;
        this.unit = unit;
        this.requesterId = random.nextInt(0x10000);
        this.pasid = type == 0 || random.nextBoolean() ? -1 : random.nextInt(1 << 13);
        int secondLevels = 3 + random.nextInt(3);
        int firstLevels = 4 + random.nextInt(2);
        int width = type == 1 || type == 3 ? 12 + 9 * firstLevels : Math.min(unit.guestWidth(), 12 + 9 * secondLevels);
        long low = random.nextLong() >>> (65 - width);
        this.address = type == 4 ? low >>> 8 : ((type == 1 || type == 3) && random.nextBoolean()) ? ~low : low;
        this.rootTable = table() | (type == 0 ? 0 : 1L << 10);
        long second = table();
        long first = 0;
        if (type == 0 || type == 2) {
            secondStage(second, secondLevels, address, page(), true);
        } else if (type == 1) {
            first = firstStage(firstLevels, 0, 0);
        } else if (type == 3) {
            first = firstStage(firstLevels, second, secondLevels);
        }
        if (type == 0) {
            context(second, secondLevels);
        } else {
            pasidEntry(type, first, firstLevels, second, secondLevels);
        }
    }

    private long table() {
        long at = next;
        next += 0x1000;
        memory.page(at);
        return at;
    }

    private void store(long at, long word) {
        memory.store(at, word);
        words.add(at);
    }

    private void context(long second, int levels) {
        long contexts = table();
        store((rootTable & -0x1000) + (requesterId >> 8) * 16L, RootEntry.word(contexts));
        words.add((rootTable & -0x1000) + (requesterId >> 8) * 16L + 8);
        long at = contexts + (requesterId & 0xff) * 16L;
        store(at, ContextEntry.word0(second, random.nextInt(8) == 0 ? 2 : random.nextInt(2)));
        store(at + 8, ContextEntry.word1(levels, random.nextInt(0x10000)));
    }

    private void pasidEntry(int type, long first, int firstLevels, long second, int secondLevels) {
        long contexts = table();
        int half = (requesterId & 0xff) >> 7;
        store((rootTable & -0x1000) + (requesterId >> 8) * 16L + half * 8L, RootEntry.word(contexts));
        long at = contexts + (requesterId & 0x7f) * 32L;
        int ridPasid = random.nextInt(1 << 13);
        long directory = table();
        store(at, ScalableContextEntry.word0(directory, random.nextInt(8), 0b11100));
        store(at + 8, ridPasid);
        words.add(at + 16);
        words.add(at + 24);
        int number = pasid < 0 ? ridPasid : pasid;
        long pasids = table();
        store(directory + (number >> 6) * 8L, PasidDirectoryEntry.word(pasids));
        long entry = pasids + (number & 63) * 64L;
        store(entry, PasidEntry.word0(type, second, secondLevels, random.nextBoolean() ? PasidEntry.SSADE : 0));
        store(entry + 8, PasidEntry.word1(random.nextInt(0x10000)));
        store(entry + 16, PasidEntry.word2(first, firstLevels, (random.nextInt(256) & 0xf3) | PasidEntry.NXE));
        for (int word = 3; word < 8; word++) {
            words.add(entry + 8L * word);
        }
    }

    private long page() {
        return unit.hostWidth() < 52
                ? 0x1_0000_0000L | (random.nextInt() & 0xffff_f000L)
                : random.nextLong() >>> 14 << 2;
    }

    /** Maps {@code from} to a page near {@code to}. */
    private void secondStage(long top, int levels, long from, long to, boolean anySize) {
        long table = top;
        for (int level = levels; ; level--) {
            int shift = 12 + 9 * (level - 1);
            long at = table + (from >>> shift & 511) * 8;
            long flags = random.nextInt(10) == 0 ? 1 + random.nextInt(3) : READ_WRITE;
            flags |= (random.nextInt(16) << 3 & 0x78) | ((long) random.nextInt(4) << 8);
            boolean leaf = level == 1 || (anySize && level <= 3 && random.nextInt(6) == 0);
            if (leaf) {
                long size = 1L << shift;
                store(at, (to & -size & 0xf_ffff_ffff_f000L) | flags | (level > 1 ? 1 << 7 : 0));
                return;
            }
            long below = memory.load(at) & 0xf_ffff_ffff_f000L;
            if (below == 0) {
                below = table();
                store(at, below | flags);
            }
            table = below;
        }
    }

    /** Tables of a first stage; with a second stage they lie at guest addresses that the second stage maps. */
    private long firstStage(int levels, long second, int secondLevels) {
        boolean nested = second != 0;
        long[] guest = new long[levels + 1];
        long[] real = new long[levels + 1];
        for (int level = levels; level >= 1; level--) {
            real[level] = table();
            guest[level] = real[level];
            if (nested) {
                guest[level] = guestNext & ((1L << Math.min(unit.guestWidth(), 12 + 9 * secondLevels)) - 1);
                guestNext += 0x1000;
                secondStage(second, secondLevels, guest[level], real[level], false);
            }
        }
        for (int level = levels; ; level--) {
            int shift = 12 + 9 * (level - 1);
            long at = real[level] + (address >>> shift & 511) * 8;
            long flags = 1 | (random.nextInt(10) == 0 ? random.nextInt(4) << 1 : 6);
            flags |= random.nextInt(4) << 5 | (random.nextInt(6) == 0 ? 1L << 63 : 0) | (long) random.nextInt(8) << 8;
            boolean leaf = level == 1 || (level <= 3 && random.nextInt(6) == 0);
            if (leaf) {
                long size = 1L << shift;
                long to = page();
                if (nested) {
                    to &= ((1L << Math.min(unit.guestWidth(), 12 + 9 * secondLevels)) - 1);
                    secondStage(second, secondLevels, (to & -size) | (address & (size - 1)), page(), true);
                }
                store(at, (to & -size & 0xf_ffff_ffff_f000L) | flags | (level > 1 ? 1 << 7 : 0));
                return guest[levels];
            }
            store(at, (guest[level - 1] & 0xf_ffff_ffff_f000L) | flags);
        }
    }
}
