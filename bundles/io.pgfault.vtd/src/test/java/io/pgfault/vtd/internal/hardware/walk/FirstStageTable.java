// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import java.util.function.LongUnaryOperator;

/** A four-level x86-64 page table in the memory of a test. Tables are added at {@code next} on. */
public class FirstStageTable implements RootedTable {
    /** Present, writable, user. */
    public static final long RWU = 0x7;

    private final SparseMemory memory;
    private final LongUnaryOperator where;
    private final long root;
    private long next;

    /** An empty table at {@code root}; further tables follow it. */
    public FirstStageTable(SparseMemory memory, long root) {
        this(memory, root, address -> address);
    }

    /** @param where where in memory an address of the table's own is, for a table below a second stage */
    public FirstStageTable(SparseMemory memory, long root, LongUnaryOperator where) {
        this.memory = memory;
        this.root = root;
        this.where = where;
        this.next = root + 0x1000;
        memory.page(where.applyAsLong(root));
    }

    /** Maps a page of 4 KiB with the flags of its entry. */
    public void map(long address, long to, long flags) {
        memory.store(leaf(address), to | flags);
    }

    /** Clears the entry of a page. */
    public void unmap(long address) {
        memory.store(leaf(address), 0);
    }

    /** The entry of a page. */
    public long entry(long address) {
        return memory.load(leaf(address));
    }

    /** Clears the entry that points to the last table of a page. */
    public void cutOut(long address) {
        memory.store(slot(address, 21), 0);
    }

    /** Sets the flags of the entry that points to the last table of a page. */
    public void limit(long address, long flags) {
        long at = slot(address, 21);
        memory.store(at, (memory.load(at) & 0x000f_ffff_ffff_f000L) | flags);
    }

    private long leaf(long address) {
        return slot(address, 12);
    }

    /** Where the entry of a page is in the table whose entries map 2^{@code last} bytes. */
    private long slot(long address, int last) {
        long table = root;
        for (int shift = 39; shift > last; shift -= 9) {
            long at = where.applyAsLong(table + (address >>> shift & 511) * 8);
            if (memory.load(at) == 0) {
                memory.page(where.applyAsLong(next));
                memory.store(at, next | RWU);
                next += 0x1000;
            }
            table = memory.load(at) & 0x000f_ffff_ffff_f000L;
        }
        return where.applyAsLong(table + (address >>> last & 511) * 8);
    }

    @Override
    public long root() {
        return root;
    }

    @Override
    public TableFormat format() {
        return TableFormat.X86_FOUR_LEVELS;
    }

    @Override
    public PhysicalMemory memory() {
        return memory;
    }

    @Override
    public long walk(long address) {
        return Translation.NONE;
    }
}
