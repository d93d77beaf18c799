// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Pasid;
import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.smmuv3.spec.table.LevelOne;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The context descriptors of one device, two levels (IHI 0070 F.b §5.3, §5.4): bytes, and no invalidation. A table of
 * 1024 descriptors exists from the first descriptor in it on.
 *
 * <p>While a domain owns the PASID table (rule C06), each descriptor that isn't some other domain's is the owner's: the
 * first level names one table, full of the owner's descriptor, for each 1024 PASIDs without a table of their own. One
 * thread at a time.
 */
final class ContextTable {
    /** The substream whose descriptor serves transactions without SubstreamID (S1DSS). */
    static final int WITHOUT_PASID = 0;

    private static final int SPLIT = 10;
    private static final int DESCRIPTORS = 1 << SPLIT;
    /** Tables are whole pages. */
    private static final int PAGE_LOG2 = 12;

    private static final int SECOND_LOG2 = SPLIT + 6;
    /** MAIR: attribute 0 is write-back memory. */
    private static final long WRITE_BACK = 0xff;

    private final TableMemory memory;
    private final int substreamBits;
    private final int firstLog2;
    /** How many tables there may be; 0: the first level is one descriptor, for a unit without SubstreamIDs. */
    private final int mostTables;

    private final long first;
    /** Tables by index in the first level. */
    private final Map<Integer, Long> tables = new HashMap<>();
    /** Substreams whose descriptor is not the owner's. */
    private final BitSet own = new BitSet();
    /** The table that is full of the owner's descriptor; 0 without owner. */
    private long shared;
    /** The owner's descriptor; null without owner. */
    private ContextDescriptor owner;

    /**
     * An empty table.
     *
     * @param substreamBits bits of a SubstreamID; 0: the one descriptor of a stream, and no PASID
     */
    ContextTable(TableMemory memory, int substreamBits) {
        this.memory = memory;
        this.substreamBits = substreamBits;
        this.firstLog2 = Math.max(PAGE_LOG2, substreamBits - SPLIT + 3);
        this.mostTables = substreamBits == 0 ? 0 : 1 << Math.max(0, substreamBits - SPLIT);
        this.first = memory.allocate(firstLog2);
    }

    /** STE.S1CDMax. */
    int substreamBits() {
        return substreamBits;
    }

    /** The substream whose descriptor serves transactions of {@code pasid}. */
    static int index(int pasid) {
        return pasid == Pasid.NONE ? WITHOUT_PASID : pasid;
    }

    /** Address of the first level: STE.S1ContextPtr. */
    long address() {
        return first;
    }

    /** Writes a descriptor that isn't valid, the word with its valid bit last. */
    void put(int substreamId, ContextDescriptor descriptor) {
        own.set(substreamId);
        write(at(substreamId), descriptor);
    }

    /** Makes a descriptor invalid, also if it is the owner's. */
    void clear(int substreamId) {
        own.set(substreamId);
        memory.store(at(substreamId), 0);
    }

    /** Gives a descriptor, which isn't valid, back to the owner, if there is one. */
    void giveBack(int substreamId) {
        own.clear(substreamId);
        if (owner != null) {
            write(at(substreamId), owner);
        }
    }

    /** Makes a descriptor that of every substream without one. */
    void own(ContextDescriptor descriptor) {
        if (mostTables == 0) {
            return;
        }
        owner = descriptor;
        shared = memory.allocate(SECOND_LOG2);
        for (int i = 0; i < DESCRIPTORS; i++) {
            write(shared + (long) i * ContextDescriptor.BYTES, descriptor);
        }
        tables.forEach((index, table) -> fill(index, table, descriptor));
        for (int index = 0; index < mostTables; index++) {
            if (!tables.containsKey(index)) {
                memory.store(inFirst(index), LevelOne.contexts(shared));
            }
        }
    }

    /**
     * Makes the owner's descriptors invalid.
     *
     * @return the owner's table; the caller releases it when the unit has forgotten the descriptors
     */
    long disown() {
        long before = shared;
        owner = null;
        shared = 0;
        for (int index = 0; index < mostTables; index++) {
            if (!tables.containsKey(index)) {
                memory.store(inFirst(index), 0);
            }
        }
        tables.forEach((index, table) -> {
            for (int i = 0; i < DESCRIPTORS; i++) {
                if (!own.get(index * DESCRIPTORS + i)) {
                    memory.store(table + (long) i * ContextDescriptor.BYTES, 0);
                }
            }
        });
        return before;
    }

    /** Gives the memory of an owner's table back. The unit has forgotten the descriptors. */
    void release(long table) {
        memory.release(table, SECOND_LOG2);
    }

    /** Gives the memory back. The unit has forgotten the tables. */
    void release() {
        tables.values().forEach(this::release);
        if (shared != 0) {
            release(shared);
        }
        memory.release(first, firstLog2);
    }

    private void fill(int index, long table, ContextDescriptor descriptor) {
        for (int i = 0; i < DESCRIPTORS; i++) {
            if (!own.get(index * DESCRIPTORS + i)) {
                write(table + (long) i * ContextDescriptor.BYTES, descriptor);
            }
        }
    }

    private void write(long at, ContextDescriptor descriptor) {
        memory.store(at + 3 * Long.BYTES, WRITE_BACK);
        memory.store(at + 2 * Long.BYTES, descriptor.word2());
        memory.store(at + Long.BYTES, descriptor.word1());
        memory.store(at, descriptor.word0());
    }

    private long at(int substreamId) {
        if (mostTables == 0) {
            return first;
        }
        int index = substreamId / DESCRIPTORS;
        Long table = tables.get(index);
        if (table == null) {
            table = memory.allocate(SECOND_LOG2);
            if (owner != null) {
                fill(index, table, owner);
                // The valid bit of the substream's own descriptor comes later; until then it says what it said before.
                write(table + (long) (substreamId % DESCRIPTORS) * ContextDescriptor.BYTES, owner);
            }
            tables.put(index, table);
            memory.store(inFirst(index), LevelOne.contexts(table));
        }
        return table + (long) (substreamId % DESCRIPTORS) * ContextDescriptor.BYTES;
    }

    private long inFirst(int index) {
        return first + (long) index * LevelOne.BYTES;
    }
}
