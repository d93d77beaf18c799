// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import java.util.function.LongUnaryOperator;

/** A first stage of four levels in a test's memory. */
public final class FirstStageTable implements RootedTable {
    /** Valid page, nG, AF, AP[1]: unprivileged accesses read and write. */
    public static final long RW = 0xc43;

    /** As {@link #RW}, read only. */
    public static final long READ_ONLY = 0xcc3;

    private static final long TABLE = 3;
    private static final long ADDRESS = 0xffff_ffff_f000L;

    private final WordMemory memory;
    private final long root;
    private final LongUnaryOperator where;
    private long next;

    /** An empty table at {@code root}; further tables follow it. */
    public FirstStageTable(WordMemory memory, long root) {
        this(memory, root, address -> address);
    }

    /** @param where where in memory an address of the table's own is, for a table below a second stage */
    public FirstStageTable(WordMemory memory, long root, LongUnaryOperator where) {
        this.memory = memory;
        this.root = root;
        this.where = where;
        this.next = root + 0x1000;
        memory.pages(where.applyAsLong(root), 1);
    }

    /** Maps a page of 4 KiB with the other bits of its descriptor. */
    public void map(long address, long to, long attributes) {
        memory.put(leaf(address), to | attributes);
    }

    /** Clears the descriptor of a page. */
    public void unmap(long address) {
        memory.put(leaf(address), 0);
    }

    /** The descriptor of a page. */
    public long entry(long address) {
        return memory.load(leaf(address));
    }

    private long leaf(long address) {
        long table = root;
        for (int shift = 39; shift > 12; shift -= 9) {
            long at = where.applyAsLong(table + (address >>> shift & 511) * 8);
            if (memory.load(at) == 0) {
                memory.pages(where.applyAsLong(next), 1);
                memory.put(at, next | TABLE);
                next += 0x1000;
            }
            table = memory.load(at) & ADDRESS;
        }
        return where.applyAsLong(table + (address >>> 12 & 511) * 8);
    }

    @Override
    public long root() {
        return root;
    }

    @Override
    public TableFormat format() {
        return TableFormat.AARCH64_FOUR_LEVELS;
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
