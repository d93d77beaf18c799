// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * A first-stage page table of four levels in the guest's memory (SDM vol 3 §4.5), which the host's unit walks. One
 * thread at a time writes. Every entry has its accessed and dirty bits set, so the host's unit writes nothing.
 */
final class ShadowTable {
    /** No frame is left for a table. */
    static final long NONE = 0;

    private static final int LEVEL_BITS = 9;
    private static final int INDEX = (1 << LEVEL_BITS) - 1;
    private static final int ROOT_SHIFT = 39;
    private static final int TABLE_SHIFT = 21;
    private static final long P = 1;
    private static final long RW = 1L << 1;
    private static final long US = 1L << 2;
    private static final long A = 1L << 5;
    private static final long D = 1L << 6;
    private static final long XD = 1L << 63;
    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;

    private final PhysicalMemory memory;
    private final LongSupplier frames;
    private final long root;
    /** The last tables by the number of the 2 MiB that each maps, in the order of unsigned addresses. */
    private final NavigableMap<Long, Long> lastTables = new TreeMap<>(Long::compareUnsigned);
    /** Tables of zeros that no entry points to and no device uses. */
    private final Deque<Long> free = new ArrayDeque<>();

    /**
     * An empty table.
     *
     * @param frames gives the address of a frame of zeros, {@link #NONE} if none is left
     * @throws IllegalStateException if no frame is left for the root
     */
    ShadowTable(PhysicalMemory memory, LongSupplier frames) {
        this.memory = memory;
        this.frames = frames;
        this.root = frames.getAsLong();
        if (root == NONE) {
            throw new IllegalStateException("no page frame is left; raise 'frames' of io.pgfault.sva.frames");
        }
    }

    /** The address of the root. */
    long root() {
        return root;
    }

    /** Maps the page of an address; false if no frame is left for a table. */
    boolean map(long address, long translation) {
        long table = root;
        for (int shift = ROOT_SHIFT; shift >= TABLE_SHIFT; shift -= LEVEL_BITS) {
            long at = table + ((address >>> shift & INDEX) << 3);
            long word = memory.load(at);
            if ((word & P) == 0) {
                long next = free.isEmpty() ? frames.getAsLong() : free.pop();
                if (next == NONE) {
                    return false;
                }
                word = next | A | US | RW | P;
                store(at, word);
                if (shift == TABLE_SHIFT) {
                    lastTables.put(address >>> TABLE_SHIFT, next);
                }
            }
            table = word & ADDRESS;
        }
        int granted = Translation.permissions(translation);
        store(
                entry(table, address >>> Translation.PAGE_SHIFT),
                Translation.address(translation)
                        | ((granted & Permissions.WRITE) != 0 ? RW : 0)
                        | ((granted & Permissions.EXEC) != 0 ? 0 : XD)
                        | (D | A | US | P));
        return true;
    }

    /**
     * Clears the entries of the pages of a range, byte addresses, inclusive, unsigned.
     *
     * @return the tables that were cut out; the caller gives them to {@link #reuse} after the host has invalidated
     */
    List<Long> unmap(long first, long last) {
        List<Long> cut = new ArrayList<>();
        List<Long> numbers = List.copyOf(lastTables
                .subMap(first >>> TABLE_SHIFT, true, last >>> TABLE_SHIFT, true)
                .keySet());
        for (long number : numbers) {
            long start = number << TABLE_SHIFT;
            long end = start | ((1L << TABLE_SHIFT) - 1);
            if (Long.compareUnsigned(first, start) <= 0 && Long.compareUnsigned(last, end) >= 0) {
                store(above(start), 0);
                cut.add(lastTables.remove(number));
            } else {
                long table = lastTables.get(number);
                long page = Long.compareUnsigned(first, start) > 0 ? first : start;
                long stop = Long.compareUnsigned(last, end) < 0 ? last : end;
                for (long at = page >>> Translation.PAGE_SHIFT; at <= stop >>> Translation.PAGE_SHIFT; at++) {
                    store(entry(table, at), 0);
                }
            }
        }
        return cut;
    }

    /** Takes tables back that no device uses any more. */
    void reuse(List<Long> cut) {
        for (long table : cut) {
            memory.write(table, ByteBuffer.allocate(Translation.PAGE_SIZE));
            free.push(table);
        }
    }

    /** Where the entry is that points to the last table of an address. */
    private long above(long address) {
        long table = root;
        for (int shift = ROOT_SHIFT; shift > TABLE_SHIFT; shift -= LEVEL_BITS) {
            table = memory.load(table + ((address >>> shift & INDEX) << 3)) & ADDRESS;
        }
        return table + ((address >>> TABLE_SHIFT & INDEX) << 3);
    }

    private static long entry(long table, long page) {
        return table + ((page & INDEX) << 3);
    }

    private void store(long at, long value) {
        long before;
        do {
            before = memory.load(at);
        } while (!memory.compareAndSet(at, before, value));
    }
}
