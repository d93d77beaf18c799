// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes random tables of a VT-d unit into a machine's memory; the subclasses have the modes. */
abstract class VtdTables {
    static final long ROOT = 0x400_0000;
    static final long CONTEXTS = 0x400_1000;
    static final long IDENTITY = 0x400_3000;
    static final int IDENTITY_DOMAIN = 0xfff;
    static final long DATA = 0x800_0000;
    static final int DATA_PAGES = 4096;
    static final long INTERRUPTS = 0xfee0_0000L;
    static final long TABLES = 0x410_0000;
    private static final long TABLES_END = 0x600_0000;

    final Ram ram;
    final Random random;
    private long next = TABLES;

    VtdTables(Ram ram, Random random) {
        this.ram = ram;
        this.random = random;
    }

    /** One device's request. */
    static final class Case {
        /** Addresses of the words of the tables that the request meets. */
        final List<Long> words = new ArrayList<>();

        /** What the words were before the request, and afterwards. */
        final Map<Long, Long> before = new HashMap<>();

        final Map<Long, Long> after = new HashMap<>();
        /** What our model has made of them. */
        final Map<Long, Long> ours = new HashMap<>();

        long address;
        boolean write;
        /** Our model: the translated address; -1 for a fault. */
        long to;

        /** Our fault record; both zero if fault processing is disabled. */
        long word0;

        long word1;
        /** Whether the page that holds {@link #to} overlaps the range of interrupts. */
        boolean overlaps;

        /** Which bits were broken, for people. */
        String broken = "";
    }

    /** The mode's name. */
    abstract String mode();

    /** What QEMU's unit can. */
    abstract Capabilities capabilities();

    /** The value of the root table address register. */
    abstract long root();

    /** Writes root entries that are whole. */
    abstract void wholeRoot();

    /** Maps memory to itself for all devices; passing through would have QEMU rebuild its view of each device. */
    abstract void identity(int devices);

    /** A request of a device, and tables for it, which may be broken. */
    abstract Case generate(int device, int length);

    /** Begins anew: the tables of earlier batches are gone. */
    void begin() {
        next = TABLES;
        wholeRoot();
    }

    /** Breaks a bit of the root entry of bus 0. */
    void breakRoot() {
        long at = ROOT + random.nextInt(2) * 8L;
        ram.store(at, ram.load(at) ^ (1L << random.nextInt(64)));
    }

    /** A page of zeros. */
    final long table() {
        long at = next;
        next += 0x1000;
        if (next > TABLES_END) {
            throw new IllegalStateException("the tables of one batch need more than 31 MiB");
        }
        for (long word = at; word < next; word += 8) {
            ram.store(word, 0);
        }
        return at;
    }

    final void put(Case c, long at, long word) {
        ram.store(at, word);
        c.words.add(at);
    }

    /** Breaks one or two random bits in three of four cases. */
    final void breakBits(Case c) {
        int broken = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(2);
        for (int i = 0; i < broken; i++) {
            long word = c.words.get(random.nextInt(c.words.size()));
            int bit = random.nextInt(64);
            c.broken += " bit %d of word %x".formatted(bit, word);
            ram.store(word, ram.load(word) ^ (1L << bit));
        }
    }

    /** Tables of a second stage for the address of a request. */
    final void secondStage(Case c, long top, int levels) {
        long table = top;
        for (int level = levels; ; level--) {
            long flags = random.nextInt(12) == 0 ? random.nextInt(4) : 3;
            flags |= ((random.nextInt(16) << 3) & 0x78) | ((long) random.nextInt(8) << 8);
            flags |= random.nextInt(8) == 0 ? ((long) random.nextInt(1 << 10) << 52) | (1L << 63) : 0;
            table = entry(c, table, level, flags);
            if (table == 0) {
                return;
            }
        }
    }

    /** Writes the entry of a level; returns the next table, 0 if the entry maps a page. */
    final long entry(Case c, long table, int level, long flags) {
        int shift = 12 + 9 * (level - 1);
        long at = table + ((c.address >>> shift) & 511) * 8;
        if (level > 1 && (level > 3 || random.nextInt(8) != 0)) {
            long below = table();
            put(c, at, below | flags);
            return below;
        }
        long to = random.nextInt(40) == 0
                ? INTERRUPTS + random.nextInt(512) * 0x1000L
                : DATA + random.nextInt(DATA_PAGES) * 0x1000L;
        long offset = (1L << shift) - 1;
        // In a large page the address chooses the byte.
        c.address = (c.address & ~offset) | (to & offset & -0x1000) | (c.address & 0xfff);
        put(c, at, (to & ~offset) | flags | (level > 1 ? 1 << 7 : 0));
        return 0;
    }
}
