// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.remap.Remapping;
import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.ContextEntry;
import io.pgfault.vtd.spec.table.FaultRecord;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.SecondStageEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random tables of legacy mode, whole and broken, and random DMA: QEMU's unit and ours must agree on the bytes that
 * arrive, or on the fault record, field by field. {@link #explained} has the differences that the specification
 * explains.
 *
 * <p>A device needs 100 ms for a transfer, so many devices transfer at a time, a little apart. QEMU's unit has one
 * fault recording register: a case whose record was lost to an overflow counts for nothing and is made again.
 */
class VtdAgainstQemuIT {
    private static final int DEVICES = 200;
    private static final int CASES = Integer.getInteger("qemu.cases", 10_000);
    private static final int LENGTH = 16;
    private static final long ROOT = 0x400_0000;
    private static final long CONTEXTS = 0x400_1000;
    private static final long IDENTITY = 0x400_2000;
    private static final int IDENTITY_DOMAIN = 0xfff;
    private static final long TABLES = 0x410_0000;
    private static final long TABLES_END = 0x600_0000;
    private static final long PATTERNS = 0x600_0000;
    private static final long DATA = 0x800_0000;
    private static final int DATA_PAGES = 4096;
    private static final long INTERRUPTS = 0xfee0_0000L;
    private static final int CCMD = 0x28;
    private static final long TRANSFER_NANOS = 100_000_000L;
    private static final long PACE_NANOS = 500_000L;
    private static final Capabilities QEMU =
            new Capabilities(48, 48, 0b11000, true, false, false, false, false, true, false);

    private final long seed = Long.getLong("qemu.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Walk walk = new Walk();
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final Map<String, Integer> differences = new TreeMap<>();
    private QemuMachine machine;
    private int fri;
    private long nextTable;

    /** One device's request. */
    private static final class Case {
        final List<Long> words = new ArrayList<>();
        long address;
        boolean write;
        /** Our model: the translated address; -1 for a fault. */
        long to;

        /** Our fault record; both zero if fault processing is disabled. */
        long word0;

        long word1;
        /** Whether the page that holds {@link #to} overlaps the range of interrupts. */
        boolean overlaps;

        String broken = "";
    }

    @Test
    void t01_t02_t04_t07_tenThousandRandomRequests_endAsInQemu(@TempDir Path directory) throws Exception {
        try (QemuMachine started = QemuMachine.pc(directory, DEVICES, "intel-iommu,aw-bits=48")) {
            machine = started;
            fri = (int) ((machine.read64(Registers.CAP) >>> 24) & 0x3ff) * 16;
            assertThat((machine.read64(Registers.CAP) >>> 8) & 0x1f).as("SAGAW").isEqualTo(0b110);
            int counted = 0;
            int batches = 0;
            while (counted < CASES) {
                counted += batch(batches++);
            }
            System.out.printf(
                    "VT-d against QEMU %s, legacy mode: seed %d, %d cases in %d batches, outcomes %s%n",
                    machine.version(), seed, counted, batches, outcomes);
            differences.forEach((why, count) -> System.out.printf("  %5d %s%n", count, why));
        }
    }

    /** Returns how many cases counted. */
    private int batch(int number) {
        // Each device's buffer gets a pattern of its own, through tables that map memory to itself.
        identity();
        for (int i = 0; i < DEVICES; i++) {
            machine.ram().store(PATTERNS + (long) i * LENGTH, pattern(number, i));
            machine.ram().store(PATTERNS + (long) i * LENGTH + 8, ~pattern(number, i));
        }
        transferAll(i -> PATTERNS + (long) i * LENGTH, i -> false, null);
        nextTable = TABLES;
        machine.ram().store(ROOT, RootEntry.word(CONTEXTS));
        machine.ram().store(ROOT + 8, 0);
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < DEVICES; i++) {
            cases.add(generate(i));
        }
        if (number % 16 == 15) {
            machine.ram().store(ROOT + random.nextInt(2) * 8L, RootEntry.word(CONTEXTS) ^ (1L << random.nextInt(64)));
        }
        Hardware ours = new Hardware(new Memory(1), machine.ram(), QEMU);
        ours.write64(Registers.RTADDR, ROOT);
        ours.write32(Registers.GCMD, Registers.GCMD_SRTP);
        ours.write32(Registers.GCMD, Registers.GCMD_TE);
        for (int i = 0; i < DEVICES; i++) {
            predict(ours, cases.get(i), i);
        }
        invalidateAll();
        Map<Integer, long[]> records = new TreeMap<>();
        boolean lost = transferAll(i -> cases.get(i).address, i -> cases.get(i).write, records);
        // What the reading devices hold now goes to memory again.
        boolean[] arrived = new boolean[DEVICES];
        for (int i = 0; i < DEVICES; i++) {
            Case c = cases.get(i);
            arrived[i] = c.write
                    && inData(c.to)
                    && machine.ram().load(c.to) == pattern(number, i)
                    && machine.ram().load(c.to + 8) == ~pattern(number, i);
        }
        machine.ram().store(ROOT, RootEntry.word(CONTEXTS));
        machine.ram().store(ROOT + 8, 0);
        identity();
        transferAll(i -> PATTERNS + (long) i * LENGTH, i -> true, null);
        for (int i = 0; i < DEVICES; i++) {
            Case c = cases.get(i);
            long back = machine.ram().load(PATTERNS + (long) i * LENGTH);
            arrived[i] |= !c.write
                    && inData(c.to)
                    && back == machine.ram().load(c.to)
                    && machine.ram().load(PATTERNS + (long) i * LENGTH + 8)
                            == machine.ram().load(c.to + 8);
        }
        int counted = 0;
        for (int i = 0; i < DEVICES; i++) {
            counted +=
                    judge(cases.get(i), records.get(QemuMachine.requesterId(i)), arrived[i], lost, number, i) ? 1 : 0;
        }
        return counted;
    }

    private boolean judge(Case c, long[] record, boolean arrived, boolean lost, int number, int device) {
        String ours = c.to >= 0
                ? "translated"
                : c.word1 == 0 ? "silence" : "reason %x".formatted(FaultRecord.reason(c.word1));
        String theirs = record != null
                ? "reason %x".formatted(FaultRecord.reason(record[1]))
                : c.to >= 0 && (arrived || !inData(c.to)) ? "translated" : "silence";
        if (theirs.equals("silence") && lost && c.to < 0) {
            return false;
        }
        boolean same =
                ours.equals(theirs) && (record == null || (record[0] == c.word0 && meaningful(record[1]) == c.word1));
        String why = same ? "" : explained(c, ours, theirs);
        assertThat(why)
                .as(
                        "seed %d, batch %d, device %d: ours %s (%x %x), QEMU's %s (%s), address %x, write %s, to %x, %s",
                        seed,
                        number,
                        device,
                        ours,
                        c.word0,
                        c.word1,
                        theirs,
                        record == null ? "no record" : "%x %x".formatted(record[0], record[1]),
                        c.address,
                        c.write,
                        c.to,
                        c.broken)
                .isNotNull();
        (same ? outcomes : differences).merge(same ? ours : why, 1, Integer::sum);
        return true;
    }

    /** The paragraph that explains a difference; null if there is none. */
    private static String explained(Case c, String ours, String theirs) {
        if (ours.equals("silence") && (theirs.equals("reason 2") || theirs.equals("reason b"))) {
            return theirs + " recorded in spite of FPD, which holds for every fault of the entry (VT-d 4.1 §9.3)";
        }
        if (ours.equals("translated") && theirs.equals("reason e") && c.overlaps) {
            return "QEMU refuses a whole large page that overlaps the range of interrupts; LGN.4 is about the"
                    + " translated address (VT-d 4.1 §7.1.3)";
        }
        return null;
    }

    /** Without PASID present the PASID field says nothing (VT-d 4.1 §11.4.14); QEMU leaves ones there. */
    private static long meaningful(long word1) {
        return FaultRecord.pasidOrNone(word1) == Pasid.NONE ? word1 & ~(0xf_ffffL << 40) : word1;
    }

    private static boolean inData(long address) {
        return address >= PATTERNS && address < Ram.BYTES - LENGTH;
    }

    private static long pattern(int batch, int device) {
        return 0x5a00_0000_0000_0001L | ((long) batch << 24) | ((long) device << 8);
    }

    private void predict(Hardware ours, Case c, int device) {
        int access = c.write ? Permissions.WRITE : Permissions.READ;
        boolean translated = ours.remap(
                walk, QemuMachine.requesterId(device), Pasid.NONE, c.address, access, Remapping.UNTRANSLATED);
        c.to = translated ? walk.address() : -1;
        c.overlaps = translated && walk.address() >>> walk.shift() == INTERRUPTS >>> walk.shift();
        if (translated) {
            if (inData(c.to)) {
                machine.ram().store(c.to, 0x1111_0000L + device);
                machine.ram().store(c.to + 8, 0x2222_0000L + device);
            }
            return;
        }
        if ((ours.read32(Registers.FSTS) & Registers.FSTS_PPF) == 0) {
            return;
        }
        int first = ((ours.read32(Registers.FSTS) >>> Registers.FSTS_FRI_SHIFT) & 0xff) * FaultRecord.SIZE;
        c.word0 = ours.read64(Registers.FRCD + first);
        c.word1 = ours.read64(Registers.FRCD + first + 8);
        ours.write64(Registers.FRCD + first + 8, FaultRecord.FAULT);
    }

    private long table() {
        long at = nextTable;
        nextTable += 0x1000;
        assertThat(nextTable).isLessThan(TABLES_END);
        for (long word = at; word < nextTable; word += 8) {
            machine.ram().store(word, 0);
        }
        return at;
    }

    private Case generate(int device) {
        while (true) {
            Case c = new Case();
            int levels = 3 + random.nextInt(2);
            int width = 12 + 9 * levels;
            c.write = random.nextBoolean();
            c.address = ((random.nextLong() >>> (64 - width)) & -0x1000) + device * (long) LENGTH;
            if (random.nextInt(30) == 0) {
                c.address |= 1L << (width + random.nextInt(63 - width));
            }
            long context = CONTEXTS + QemuMachine.requesterId(device) * 16L;
            long top = table();
            int type = random.nextInt(100) == 0 ? ContextEntry.TYPE_PASS_THROUGH : ContextEntry.TYPE_UNTRANSLATED;
            if (type == ContextEntry.TYPE_PASS_THROUGH && random.nextBoolean()) {
                c.address = DATA + device * (long) LENGTH;
            }
            put(c, context, ContextEntry.word0(top, type));
            put(c, context + 8, ContextEntry.word1(levels, device + 1));
            path(c, top, levels);
            int broken = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(2);
            for (int i = 0; i < broken; i++) {
                long word = c.words.get(random.nextInt(c.words.size()));
                int bit = random.nextInt(64);
                c.broken += " bit %d of word %x".formatted(bit, word);
                machine.ram().store(word, machine.ram().load(word) ^ (1L << bit));
            }
            if (random.nextInt(10) == 0) {
                machine.ram().store(context, machine.ram().load(context) | ContextEntry.FPD);
            }
            if (c.address >>> 20 != 0xfee && isHarmless(c, device)) {
                return c;
            }
        }
    }

    /**
     * Whether the transfer, if our model is right, writes into data and not into tables or firmware, and meets no table
     * where devices write.
     */
    private boolean isHarmless(Case c, int device) {
        WatchedMemory memory = new WatchedMemory(machine.ram(), address -> !inData(address));
        Hardware ours = new Hardware(new Memory(1), memory, QEMU);
        ours.write64(Registers.RTADDR, ROOT);
        ours.write32(Registers.GCMD, Registers.GCMD_SRTP);
        ours.write32(Registers.GCMD, Registers.GCMD_TE);
        boolean translated = ours.remap(
                walk,
                QemuMachine.requesterId(device),
                Pasid.NONE,
                c.address,
                c.write ? Permissions.WRITE : Permissions.READ,
                Remapping.UNTRANSLATED);
        return !memory.isUnsteady()
                && (!translated
                        || (walk.address() >= DATA && walk.address() < DATA + DATA_PAGES * 0x1000L)
                        || walk.address() >>> 20 == (INTERRUPTS >>> 20) + 1
                        || walk.address() >= 1L << 33);
    }

    private void put(Case c, long at, long word) {
        machine.ram().store(at, word);
        c.words.add(at);
    }

    private void path(Case c, long top, int levels) {
        long table = top;
        for (int level = levels; ; level--) {
            int shift = 12 + 9 * (level - 1);
            long at = table + ((c.address >>> shift) & 511) * 8;
            long flags = random.nextInt(12) == 0 ? random.nextInt(4) : 3;
            flags |= ((random.nextInt(16) << 3) & 0x78) | ((long) random.nextInt(8) << 8);
            flags |= random.nextInt(8) == 0 ? ((long) random.nextInt(1 << 10) << 52) | (1L << 63) : 0;
            if (level == 1 || (level <= 3 && random.nextInt(8) == 0)) {
                long to = random.nextInt(40) == 0
                        ? INTERRUPTS + random.nextInt(512) * 0x1000L
                        : DATA + random.nextInt(DATA_PAGES) * 0x1000L;
                long offset = (1L << shift) - 1;
                // In a large page the address chooses the byte.
                c.address = (c.address & ~offset) | (to & offset & -0x1000) | (c.address & 0xfff);
                put(c, at, (to & ~offset) | flags | (level > 1 ? 1 << 7 : 0));
                return;
            }
            table = table();
            put(c, at, table | flags);
        }
    }

    /** Maps memory to itself for all devices; passing through would have QEMU rebuild its view of each device. */
    private void identity() {
        machine.ram().store(IDENTITY, SecondStageEntry.R | SecondStageEntry.W | SecondStageEntry.PS);
        machine.ram().store(ROOT, RootEntry.word(CONTEXTS));
        for (int i = 0; i < DEVICES; i++) {
            long context = CONTEXTS + QemuMachine.requesterId(i) * 16L;
            machine.ram().store(context, ContextEntry.word0(IDENTITY, ContextEntry.TYPE_UNTRANSLATED));
            machine.ram().store(context + 8, ContextEntry.word1(3, IDENTITY_DOMAIN));
        }
        invalidateAll();
    }

    /** Sets the root table and invalidates everything through registers (VT-d 4.1 §11.4.6, §11.4.8). */
    private void invalidateAll() {
        machine.write64(Registers.RTADDR, ROOT);
        machine.write32(Registers.GCMD, Registers.GCMD_SRTP | Registers.GCMD_TE);
        machine.write64(CCMD, (1L << 63) | (1L << 61));
        int iotlb = (int) ((machine.read64(Registers.ECAP) >>> 8) & 0x3ff) * 16 + 8;
        machine.write64(iotlb, (1L << 63) | (1L << 60));
        machine.write32(Registers.GCMD, Registers.GCMD_TE);
    }

    private interface Choice<T> {
        T of(int device);
    }

    /** All devices transfer; returns whether a record may have been lost. */
    private boolean transferAll(Choice<Long> address, Choice<Boolean> write, Map<Integer, long[]> records) {
        boolean lost = false;
        long end = 0;
        for (int i = 0; i < DEVICES; i++) {
            long from = System.nanoTime();
            machine.transfer(i, address.of(i), LENGTH, write.of(i));
            do {
                lost |= collect(records);
            } while (records != null && System.nanoTime() - from < PACE_NANOS);
            end = System.nanoTime() + TRANSFER_NANOS;
        }
        while (System.nanoTime() < end || machine.isTransferring(DEVICES - 1)) {
            lost |= collect(records);
        }
        boolean last = collect(records);
        return last || lost;
    }

    /** Takes the record out of QEMU's one register; returns whether it has overflowed. */
    private boolean collect(Map<Integer, long[]> records) {
        int status = machine.read32(Registers.FSTS);
        if ((status & Registers.FSTS_PPF) != 0) {
            long high = machine.read64(fri + 8);
            long[] record = {machine.read64(fri), high};
            machine.write64(fri + 8, FaultRecord.FAULT);
            assertThat(records)
                    .as("a fault under the identity map: %x %x", record[0], high)
                    .isNotNull();
            records.put(FaultRecord.requesterId(high), record);
        }
        if ((status & Registers.FSTS_PFO) != 0) {
            machine.write32(Registers.FSTS, Registers.FSTS_PFO);
        }
        return (status & Registers.FSTS_PFO) != 0;
    }
}
