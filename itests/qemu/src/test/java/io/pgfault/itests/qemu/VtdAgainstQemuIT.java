// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.itests.qemu.VtdTables.Case;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.remap.Remapping;
import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.FaultRecord;
import io.pgfault.vtd.spec.table.FirstStageEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiFunction;
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
    private static final long PATTERNS = 0x600_0000;
    private static final int CCMD = 0x28;
    private static final long TRANSFER_NANOS = 100_000_000L;
    private static final long PACE_NANOS = 500_000L;
    private final long seed = Long.getLong("qemu.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Walk walk = new Walk();
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final Map<String, Integer> differences = new TreeMap<>();
    private QemuMachine machine;
    private int fri;
    private VtdTables tables;

    @Test
    void t01_t02_t04_t07_tenThousandRandomRequests_endAsInQemu(@TempDir Path directory) throws Exception {
        compare(directory, "aw-bits=48", VtdLegacyTables::new);
    }

    @Test
    void t01_t02_t03_t04_t07_tenThousandRandomRequestsOfScalableMode_endAsInQemu(@TempDir Path directory)
            throws Exception {
        if (QemuMachine.pcUnitHas("fsts")) {
            compare(directory, "aw-bits=48,scalable-mode=on,fsts=on,pasid-bits=20", VtdScalableTables::new);
        } else {
            System.out.println("VT-d against QEMU: this QEMU has no first-stage tables (fsts, from version 10 on), so"
                    + " NOTHING of scalable mode was compared; -Diopf.qemu.x86=PATH names another");
        }
    }

    private void compare(Path directory, String options, BiFunction<Ram, Random, VtdTables> mode) throws Exception {
        try (QemuMachine started = QemuMachine.pc(directory, DEVICES, "intel-iommu," + options)) {
            machine = started;
            tables = mode.apply(machine.ram(), random);
            fri = Registers.faultRecords(machine.read64(Registers.CAP));
            int counted = 0;
            int batches = 0;
            while (counted < CASES) {
                counted += batch(batches++);
            }
            System.out.printf(
                    "VT-d against QEMU %s, %s: seed %d, %d cases in %d batches, outcomes %s%n",
                    machine.version(), tables.mode(), seed, counted, batches, outcomes);
            differences.forEach((why, count) -> System.out.printf("  %5d %s%n", count, why));
        }
    }

    /** Returns how many cases counted. */
    private int batch(int number) {
        // Each device's buffer gets a pattern of its own, through tables that map memory to itself.
        tables.identity(DEVICES);
        invalidateAll();
        for (int i = 0; i < DEVICES; i++) {
            machine.ram().store(PATTERNS + (long) i * LENGTH, pattern(number, i));
            machine.ram().store(PATTERNS + (long) i * LENGTH + 8, ~pattern(number, i));
        }
        transferAll(i -> PATTERNS + (long) i * LENGTH, i -> false, null);
        tables.begin();
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < DEVICES; i++) {
            cases.add(generate(i));
        }
        if (number % 16 == 15) {
            tables.breakRoot();
        }
        WatchedMemory memory = watched();
        Hardware ours = hardware(memory);
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
        for (Case c : cases) {
            c.words.forEach(word -> {
                c.ours.put(word, memory.peek(word));
                c.after.put(word, machine.ram().load(word));
            });
        }
        tables.identity(DEVICES);
        invalidateAll();
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
            if (arrived[i]) {
                compareFlags(cases.get(i), number, i);
            }
            counted +=
                    judge(cases.get(i), records.get(QemuMachine.requesterId(i)), arrived[i], lost, number, i) ? 1 : 0;
        }
        return counted;
    }

    /** The tables of a request that has arrived: the same accessed and dirty bits (rule T03). */
    private void compareFlags(Case c, int number, int device) {
        for (long word : c.words) {
            long before = c.before.get(word);
            long theirs = c.after.get(word);
            // The unit's ECAP says that it has no extended accessed bit.
            long ours = (c.ours.get(word) & ~FirstStageEntry.EA) | (before & FirstStageEntry.EA);
            if (ours != theirs && theirs == before && (before & (FirstStageEntry.A | FirstStageEntry.D)) != 0) {
                differences.merge("QEMU sets no flag where A or D is set already (VT-d 4.1 §3.6.2)", 1, Integer::sum);
            } else {
                assertThat(theirs)
                        .as("seed %d, batch %d, device %d: word at %x", seed, number, device, word)
                        .isEqualTo(ours);
            }
        }
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
        if (why == null && tables instanceof VtdScalableTables) {
            VtdScalableLimits limits = new VtdScalableLimits(watched());
            String limited = limited(limits, c, device);
            if (lost && record == null && limited.startsWith("reason")) {
                return false;
            }
            // Which faults QEMU records in spite of FPD is known from the record alone.
            boolean whole = record == null
                    || (record[0] == (c.address & -0x1000)
                            && meaningful(record[1])
                                    == FaultRecord.word1(
                                            QemuMachine.requesterId(device),
                                            Pasid.NONE,
                                            FaultRecord.reason(record[1]),
                                            !c.write,
                                            0,
                                            false,
                                            false));
            why = limited.equals(theirs) && whole ? String.join("; ", limits.met()) : null;
        }
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

    /** How our model ends with the tables that QEMU acts as if it had read. */
    private String limited(VtdScalableLimits limits, Case c, int device) {
        c.before.forEach(limits.memory()::instead);
        limits.change(QemuMachine.requesterId(device));
        limits.memory().forget();
        hardware(limits.memory())
                .remap(
                        walk,
                        QemuMachine.requesterId(device),
                        Pasid.NONE,
                        c.address,
                        c.write ? Permissions.WRITE : Permissions.READ,
                        Remapping.UNTRANSLATED);
        int reason = limits.reason(c, walk);
        return reason == 0 ? "translated" : "reason %x".formatted(reason);
    }

    /** The paragraph that explains a difference; null if there is none. */
    private static String explained(Case c, String ours, String theirs) {
        if (ours.equals("silence") && (theirs.equals("reason 2") || theirs.equals("reason b"))) {
            return theirs + " recorded in spite of FPD, which holds for every fault of the entry (VT-d 4.1 §9.3)";
        }
        if (ours.equals("translated") && (theirs.equals("reason e") || theirs.equals("reason 87")) && c.overlaps) {
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
        c.words.forEach(word -> c.before.put(word, machine.ram().load(word)));
        c.before.put(VtdTables.ROOT, machine.ram().load(VtdTables.ROOT));
        c.before.put(VtdTables.ROOT + 8, machine.ram().load(VtdTables.ROOT + 8));
        int access = c.write ? Permissions.WRITE : Permissions.READ;
        boolean translated = ours.remap(
                walk, QemuMachine.requesterId(device), Pasid.NONE, c.address, access, Remapping.UNTRANSLATED);
        c.to = translated ? walk.address() : -1;
        c.overlaps = translated && walk.address() >>> walk.shift() == VtdTables.INTERRUPTS >>> walk.shift();
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

    private Case generate(int device) {
        while (true) {
            Case c = tables.generate(device, LENGTH);
            if (c.address >>> 20 != 0xfee && isHarmless(c, device)) {
                return c;
            }
        }
    }

    private WatchedMemory watched() {
        return new WatchedMemory(machine.ram(), address -> !inData(address));
    }

    /** Our model on that memory, translating. */
    private Hardware hardware(WatchedMemory memory) {
        Hardware ours = new Hardware(new Memory(1), memory, tables.capabilities());
        ours.write64(Registers.RTADDR, tables.root());
        ours.write32(Registers.GCMD, Registers.GCMD_SRTP);
        ours.write32(Registers.GCMD, Registers.GCMD_TE);
        return ours;
    }

    /**
     * Whether the transfer, if our model is right, writes into data and not into tables or firmware, and meets no table
     * where devices write.
     */
    private boolean isHarmless(Case c, int device) {
        WatchedMemory memory = watched();
        Hardware ours = hardware(memory);
        boolean translated = ours.remap(
                walk,
                QemuMachine.requesterId(device),
                Pasid.NONE,
                c.address,
                c.write ? Permissions.WRITE : Permissions.READ,
                Remapping.UNTRANSLATED);
        return !memory.isUnsteady()
                && (!translated
                        || (walk.address() >= VtdTables.DATA
                                && walk.address() < VtdTables.DATA + VtdTables.DATA_PAGES * 0x1000L)
                        || walk.address() >>> 20 == (VtdTables.INTERRUPTS >>> 20) + 1
                        || walk.address() >= 1L << 33);
    }

    /** Sets the root table and invalidates everything through registers (VT-d 4.1 §11.4.6, §11.4.8). */
    private void invalidateAll() {
        machine.write64(Registers.RTADDR, tables.root());
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
