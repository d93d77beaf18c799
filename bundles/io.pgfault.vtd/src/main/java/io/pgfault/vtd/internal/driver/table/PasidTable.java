// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.api.Pasid;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.spec.table.PasidDirectoryEntry;
import io.pgfault.vtd.spec.table.PasidEntry;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The PASID directory and PASID tables of one device (VT-d 4.1 §9.5, §9.6): bytes, and no invalidation. A table of 64
 * entries exists from the first entry in it on.
 *
 * <p>While a domain owns the PASID table (rule C06), each entry that isn't some other domain's is the owner's: the
 * directory names one table, full of the owner's entry, for each 64 PASIDs without a table of their own.
 *
 * <p>An entry that is cleared keeps FPD: requests that a device still sends while its domain goes leave no records
 * (kernel: {@code intel_pasid_tear_down_entry}). One thread at a time.
 */
final class PasidTable {
    private static final int ENTRIES = 1 << PasidDirectoryEntry.PASIDS_SHIFT;
    private static final int DIRECTORY_ENTRIES = (Pasid.MAX + 1) / ENTRIES;

    private final Memory memory;
    private final Memory.Region directory;
    /** Tables by index in the directory. */
    private final Map<Integer, Memory.Region> tables = new HashMap<>();
    /** PASIDs whose entry is not the owner's. */
    private final BitSet own = new BitSet();
    /** The table that is full of the owner's entry; null without owner. */
    private Memory.Region shared;
    /** The owner's entry; null without owner. */
    private Entry owner;

    /** The three words of an entry that aren't zero. */
    record Entry(long word0, long word1, long word2) {}

    /** An empty directory. */
    PasidTable(Memory memory) {
        this.memory = memory;
        this.directory = memory.allocate(DIRECTORY_ENTRIES * PasidDirectoryEntry.SIZE);
    }

    /** Address of the directory. */
    long address() {
        return directory.address();
    }

    /** Writes the entry of a PASID that isn't present, the word with its present bit last. */
    void put(int pasid, Entry entry) {
        own.set(pasid);
        write(at(pasid), entry);
    }

    /** Makes the entry of a PASID not present, also if it is the owner's. */
    void clear(int pasid) {
        own.set(pasid);
        memory.store(at(pasid), PasidEntry.FPD);
    }

    /** Gives the entry of a PASID, which isn't present, back to the owner, if there is one. */
    void giveBack(int pasid) {
        own.clear(pasid);
        if (owner != null) {
            write(at(pasid), owner);
        }
    }

    /** Makes an entry that of every PASID without one. */
    void own(Entry entry) {
        owner = entry;
        shared = memory.allocate(ENTRIES * PasidEntry.SIZE);
        for (int i = 0; i < ENTRIES; i++) {
            write(shared.address() + (long) i * PasidEntry.SIZE, entry);
        }
        tables.forEach((index, table) -> fill(index, table, entry));
        for (int index = 0; index < DIRECTORY_ENTRIES; index++) {
            if (!tables.containsKey(index)) {
                memory.store(inDirectory(index), PasidDirectoryEntry.word(shared.address()));
            }
        }
    }

    /**
     * Makes the owner's entries not present.
     *
     * @return the owner's table; the caller releases it when the unit has forgotten the entries
     */
    Memory.Region disown() {
        Memory.Region before = shared;
        owner = null;
        shared = null;
        for (int index = 0; index < DIRECTORY_ENTRIES; index++) {
            if (!tables.containsKey(index)) {
                memory.store(inDirectory(index), PasidDirectoryEntry.FPD);
            }
        }
        tables.forEach((index, table) -> {
            for (int i = 0; i < ENTRIES; i++) {
                if (!own.get(index * ENTRIES + i)) {
                    memory.store(table.address() + (long) i * PasidEntry.SIZE, PasidEntry.FPD);
                }
            }
        });
        return before;
    }

    /** Gives the memory back. The unit has forgotten the directory. */
    void release() {
        tables.values().forEach(memory::release);
        if (shared != null) {
            memory.release(shared);
        }
        memory.release(directory);
    }

    private void fill(int index, Memory.Region table, Entry entry) {
        for (int i = 0; i < ENTRIES; i++) {
            if (!own.get(index * ENTRIES + i)) {
                write(table.address() + (long) i * PasidEntry.SIZE, entry);
            }
        }
    }

    private void write(long at, Entry entry) {
        memory.store(at + 2 * Long.BYTES, entry.word2);
        memory.store(at + Long.BYTES, entry.word1);
        memory.store(at, entry.word0);
    }

    private long at(int pasid) {
        int index = pasid / ENTRIES;
        Memory.Region table = tables.get(index);
        if (table == null) {
            table = memory.allocate(ENTRIES * PasidEntry.SIZE);
            if (owner != null) {
                fill(index, table, owner);
                // The present bit of the PASID's own entry comes later; until then the entry says what it said before.
                write(table.address() + (long) (pasid % ENTRIES) * PasidEntry.SIZE, owner);
            }
            tables.put(index, table);
            memory.store(inDirectory(index), PasidDirectoryEntry.word(table.address()));
        }
        return table.address() + (long) (pasid % ENTRIES) * PasidEntry.SIZE;
    }

    private long inDirectory(int index) {
        return directory.address() + (long) index * PasidDirectoryEntry.SIZE;
    }
}
