// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.FirstStageEntry;
import io.pgfault.vtd.spec.table.PasidDirectoryEntry;
import io.pgfault.vtd.spec.table.PasidEntry;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;
import java.util.Random;

/**
 * Tables of scalable mode: root, context, PASID directory, PASID entry, first stage of 4 levels, pass-through. The
 * devices send no PASID, so PASID 0 is used.
 */
final class VtdScalableTables extends VtdTables {
    private static final long RWU = FirstStageEntry.P | FirstStageEntry.RW | FirstStageEntry.US;
    private static final long DIRECTORY = IDENTITY + 0x2000;
    private static final long PASIDS = IDENTITY + 0x3000;
    private static final int LEVELS = 4;
    private static final int WIDTH = 48;
    private static final int HALF = 128;

    VtdScalableTables(Ram ram, Random random) {
        super(ram, random);
    }

    @Override
    String mode() {
        return "scalable mode, first stage";
    }

    @Override
    Capabilities capabilities() {
        return new Capabilities(48, 48, 0, true, false, true, false, false, true, false);
    }

    @Override
    long root() {
        return ROOT | Registers.RTADDR_SCALABLE;
    }

    @Override
    void wholeRoot() {
        ram.store(ROOT, RootEntry.word(CONTEXTS));
        ram.store(ROOT + 8, RootEntry.word(CONTEXTS + 0x1000));
    }

    private static long context(int device) {
        int id = QemuMachine.requesterId(device);
        return CONTEXTS + id / HALF * 0x1000L + id % HALF * (long) ScalableContextEntry.SIZE;
    }

    @Override
    void identity(int devices) {
        wholeRoot();
        ram.store(IDENTITY, (IDENTITY + 0x1000) | RWU);
        ram.store(IDENTITY + 0x1000, RWU | FirstStageEntry.PS);
        ram.store(DIRECTORY, PasidDirectoryEntry.word(PASIDS));
        ram.store(PASIDS, PasidEntry.word0(PasidEntry.FIRST_STAGE, 0, LEVELS, 0));
        ram.store(PASIDS + 8, PasidEntry.word1(IDENTITY_DOMAIN));
        ram.store(PASIDS + 16, PasidEntry.word2(IDENTITY, LEVELS, 0));
        for (int i = 0; i < devices; i++) {
            ram.store(context(i), ScalableContextEntry.word0(DIRECTORY, 0, 0));
            for (int word = 1; word < ScalableContextEntry.SIZE / 8; word++) {
                ram.store(context(i) + 8L * word, 0);
            }
        }
    }

    @Override
    Case generate(int device, int length) {
        Case c = new Case();
        c.write = random.nextBoolean();
        // Half of the address space is the upper one: bits 63:47 are equal.
        c.address = (random.nextLong() << (64 - WIDTH) >> (64 - WIDTH) & -0x1000) + device * (long) length;
        if (random.nextInt(30) == 0) {
            c.address ^= 1L << (WIDTH + random.nextInt(64 - WIDTH));
        }
        long directory = table();
        long pasids = table();
        long top = table();
        int type = random.nextInt(40) == 0 ? 1 + random.nextInt(4) : PasidEntry.FIRST_STAGE;
        if (type == PasidEntry.PASS_THROUGH) {
            c.address = DATA + device * (long) length;
        }
        put(c, context(device), ScalableContextEntry.word0(directory, random.nextInt(8), ScalableContextEntry.PASIDE));
        put(c, context(device) + 8, 0);
        put(c, directory, PasidDirectoryEntry.word(pasids));
        put(c, pasids, PasidEntry.word0(type, 0, LEVELS, 0));
        put(c, pasids + 8, PasidEntry.word1(device + 1));
        long flags = random.nextLong() & (PasidEntry.SRE | PasidEntry.ERE | PasidEntry.WPE);
        put(c, pasids + 16, PasidEntry.word2(top, LEVELS, flags));
        long table = top;
        for (int level = LEVELS; table != 0; level--) {
            table = entry(c, table, level, bits());
        }
        breakBits(c);
        if (random.nextInt(20) == 0) {
            ram.store(pasids, ram.load(pasids) | PasidEntry.FPD);
        }
        return c;
    }

    private long bits() {
        long bits = random.nextInt(12) == 0 ? RWU & ~(1L << random.nextInt(3)) : RWU;
        // Cacheability, accessed, global, and what hardware ignores.
        bits |= random.nextLong() & (0b11L << 3 | FirstStageEntry.A | 0b111L << 8);
        return random.nextInt(8) == 0 ? bits | (random.nextLong() & (0x7ffL << 52)) : bits;
    }
}
