// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.smmuv3.internal.hardware.walk.StreamTables;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.smmuv3.spec.table.Descriptor;
import io.pgfault.smmuv3.spec.table.LevelOne;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Writes random tables of an SMMUv3 into a machine's memory: stream tables of one and two levels, context descriptors,
 * tables of stage 1 behind TTB0 and TTB1. Most are whole; then single bits are broken.
 */
final class SmmuTables {
    /** Where devices read and write. */
    static final long DATA = 0x4800_0000L;

    /** How many bytes there are. */
    static final long DATA_BYTES = 0x100_0000L;

    static final long STREAMS = 0x4400_0000L;
    static final long TABLES = 0x4480_0000L;
    static final long TABLES_END = 0x4600_0000L;
    private static final int STREAM_IDS = 256;
    private static final int ASID = 48;

    private final Ram ram;
    private final Random random;
    private final int upperBits;
    private StreamTables streams;
    private long next;

    /** @param upperBits one of so many requests has an address beyond 2^48 on purpose, about */
    SmmuTables(Ram ram, Random random, int upperBits) {
        this.ram = ram;
        this.random = random;
        this.upperBits = upperBits;
    }

    /** Whether an address is in what devices read and write. */
    static boolean isData(long address) {
        return address >= DATA && address < DATA + DATA_BYTES;
    }

    /** Begins anew with an empty stream table of a random form. */
    StreamTables empty(boolean twoLevel) {
        next = TABLES;
        int log2 = random.nextInt(12) == 0 ? 5 + random.nextInt(3) : 8 + random.nextInt(13);
        int split = 6 + 2 * random.nextInt(3);
        streams = new StreamTables(STREAMS, log2, twoLevel, split);
        for (long at = STREAMS; at < STREAMS + STREAM_IDS * StreamTableEntry.BYTES; at += 8) {
            ram.store(at, 0);
        }
        for (int first = 0; twoLevel && first < STREAM_IDS >>> split; first++) {
            int span = random.nextInt(8) == 0 ? random.nextInt(split + 1) : split + 1;
            ram.store(
                    STREAMS + (long) LevelOne.BYTES * first,
                    LevelOne.streams(allocate(StreamTableEntry.BYTES << split), span));
        }
        if (twoLevel && STREAM_IDS >>> split == 0) {
            ram.store(STREAMS, LevelOne.streams(allocate(StreamTableEntry.BYTES << split), split + 1));
        }
        return streams;
    }

    /** The address of the first-level descriptor of a stream; of the entry with one level. */
    private long first(int streamId) {
        return streams.twoLevel()
                ? STREAMS + (long) LevelOne.BYTES * (streamId >>> streams.split())
                : STREAMS + (long) StreamTableEntry.BYTES * streamId;
    }

    /** The address of a stream's entry, as whole tables have it. */
    private long entry(int streamId) {
        if (!streams.twoLevel()) {
            return first(streamId);
        }
        int second = streamId & (1 << streams.split()) - 1;
        return LevelOne.streamTable(ram.load(first(streamId))) + (long) StreamTableEntry.BYTES * second;
    }

    /**
     * Breaks a random bit of a first-level descriptor of the stream table, which is many devices' matter.
     *
     * @param harmless whether the tables are fit for use as they are
     */
    void breakFirstLevel(BooleanSupplier harmless) {
        long at = first(random.nextInt(STREAM_IDS));
        long whole = ram.load(at);
        do {
            int bit = random.nextInt(63);
            // Bit 5 is of no field, and QEMU takes it for one of the address, which no entry can have.
            ram.store(at, whole ^ (1L << (bit == 5 ? 63 : bit)));
        } while (!harmless.getAsBoolean());
    }

    /** A request of a device, and tables for it. */
    SmmuCase generate(int streamId, long offset) {
        SmmuCase c = new SmmuCase(streamId, random.nextBoolean());
        long at = entry(streamId);
        long contexts = allocate(0x1000) + ContextDescriptor.BYTES * (long) random.nextInt(64);
        int config = random.nextInt(25) == 0 ? random.nextInt(8) : StreamTableEntry.STAGE_1;
        put(c, 3, at, StreamTableEntry.word0(config, StreamTableEntry.LINEAR, contexts, 0));
        put(c, 3, at + 8, ignoredOfEntry());
        put(c, 1, at + 16, 0);
        put(c, 1, at + 24, 0);
        for (int word = 4; word < StreamTableEntry.BYTES / 8; word++) {
            put(c, 0, at + 8L * word, 0);
        }
        context(c, contexts, offset);
        if (config == StreamTableEntry.BYPASS) {
            c.address = DATA + (random.nextLong() & DATA_BYTES - 0x1000) + offset;
        }
        int broken = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(2);
        for (int i = 0; i < broken; i++) {
            long word = c.words.get(random.nextInt(c.words.size()));
            int bit = random.nextInt(word == contexts ? ASID : 64);
            c.broken += " bit %d of word %x".formatted(bit, word);
            ram.store(word, ram.load(word) ^ (1L << bit));
        }
        return c;
    }

    /** Fields of word 1 that say nothing about tables: cacheability, shareability, memory type. */
    private long ignoredOfEntry() {
        return random.nextInt(4) == 0 ? random.nextLong() & 0xfcL : 0;
    }

    private void context(SmmuCase c, long at, long offset) {
        boolean high = random.nextInt(upperBits) == 0;
        int size0 = 16 + random.nextInt(24);
        int size1 = 16 + random.nextInt(24);
        int bits = 64 - (high ? size1 : size0);
        long word0 = ContextDescriptor.V
                | ContextDescriptor.AA64
                | ContextDescriptor.A
                | (random.nextInt(10) == 0 ? 0 : ContextDescriptor.R)
                | size0
                | (long) size1 << 16
                | (long) ContextDescriptor.TG1_4K << 22
                | (long) (random.nextInt(8) == 0 ? random.nextInt(6) : 2 + random.nextInt(3)) << 32
                // QEMU's translation cache knows ASIDs, not streams.
                | (long) c.streamId << ASID;
        word0 |= flags(
                ContextDescriptor.AFFD,
                ContextDescriptor.WXN,
                ContextDescriptor.UWXN,
                ContextDescriptor.PAN,
                ContextDescriptor.TBI0,
                ContextDescriptor.TBI1,
                ContextDescriptor.ASET);
        int off = random.nextInt(8);
        word0 |= off == 0 ? ContextDescriptor.EPD0 : off < 4 && !high ? ContextDescriptor.EPD1 : 0;
        boolean ignored = (word0 & (high ? ContextDescriptor.TBI1 : ContextDescriptor.TBI0)) != 0;
        long within = random.nextLong() & ((1L << bits) - 1) & -0x1000;
        c.address = (high ? -1L << bits | within : within) | offset;
        if (ignored && random.nextInt(upperBits) == 0) {
            c.address = (c.address & -1L >>> 8) | random.nextLong() << 56;
        }
        if (random.nextInt(30) == 0) {
            int beyond = (random.nextInt(upperBits) == 0 ? 64 : 49) - bits;
            c.address ^= 1L << (bits + random.nextInt(beyond));
        }
        long table = path(c, bits);
        long other = random.nextInt(1 << 20) * 0x1000L + SmmuTables.TABLES;
        put(c, 3, at, word0);
        put(c, 1, at + 8, (high ? other : table) | flags(ContextDescriptor.HAD));
        put(c, 1, at + 16, (high ? table : other) | flags(ContextDescriptor.HAD));
        for (int word = 3; word < ContextDescriptor.BYTES / 8; word++) {
            put(c, 0, at + 8L * word, random.nextLong());
        }
    }

    private long flags(long... bits) {
        long all = 0;
        for (long bit : bits) {
            all |= random.nextInt(4) == 0 ? bit : 0;
        }
        return all;
    }

    /** Tables for the address of a request; returns what a TTB gets: low bits that the table's size makes zero too. */
    private long path(SmmuCase c, int bits) {
        int level = bits > Descriptor.shift(0) ? 0 : bits > Descriptor.shift(1) ? 1 : 2;
        int entries = bits - Descriptor.shift(level);
        long top = allocate(0x1000);
        long ignored = random.nextInt(4) == 0 ? random.nextLong() & ((8L << entries) - 1) & 0xff0 : 0;
        long table = top;
        long index = c.address & (1L << bits) - 1;
        for (; ; level++) {
            long at = table + (index >>> Descriptor.shift(level)) * 8;
            index &= (1L << Descriptor.shift(level)) - 1;
            if (level == Descriptor.LAST_LEVEL || (level > 0 && random.nextInt(8) == 0)) {
                leaf(c, at, level);
                return top | ignored;
            }
            table = allocate(0x1000);
            long attributes = random.nextInt(4) == 0 ? random.nextLong() & 0x07f0_0000_0000_0ffcL : 0;
            attributes |= random.nextInt(8) == 0 ? random.nextLong() & 0xf800_0000_0000_0000L : 0;
            put(c, 1, at, Descriptor.tableAt(table) | attributes);
        }
    }

    private void leaf(SmmuCase c, long at, int level) {
        long to = DATA + (random.nextLong() & DATA_BYTES - 0x1000);
        long offset = (1L << Descriptor.shift(level)) - 1;
        // In a block the address chooses the byte.
        c.address = (c.address & ~offset) | (to & offset & -0x1000) | (c.address & 0xfff);
        long attributes = (random.nextInt(16) == 0 ? 0 : Descriptor.AF)
                | (random.nextInt(16) == 0 ? 0 : Descriptor.AP_UNPRIVILEGED)
                | (random.nextInt(6) == 0 ? Descriptor.AP_READ_ONLY : 0)
                | flags(Descriptor.NOT_GLOBAL, Descriptor.DBM, Descriptor.PXN, Descriptor.UXN)
                | (random.nextLong() & 0xf780_0000_0000_033cL);
        put(c, 1, at, Descriptor.leafAt(level, to, attributes));
    }

    private void put(SmmuCase c, int weight, long at, long word) {
        ram.store(at, word);
        for (int i = 0; i < weight; i++) {
            c.words.add(at);
        }
        if (weight == 0 && random.nextInt(16) == 0) {
            c.words.add(at);
        }
    }

    /** Memory of zeros, aligned to its size. */
    private long allocate(int bytes) {
        long at = (next + bytes - 1) & -bytes;
        next = at + bytes;
        if (next > TABLES_END) {
            throw new IllegalStateException("the tables of one batch need more than 24 MiB");
        }
        for (long word = at; word < next; word += 8) {
            ram.store(word, 0);
        }
        return at;
    }
}
