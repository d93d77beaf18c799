// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;

/**
 * The entries of {@link #PAGES} neighbouring pages. With few pages present the array holds just their entries, sorted by
 * slot, and is replaced at each change; with many it has an entry for every slot and is changed in place.
 *
 * <p>Changes are made under the leaf's monitor; reading takes no lock.
 */
final class Leaf extends Node {
    /** Low bits of a page number that choose the slot. */
    static final int SPAN = 7;

    /** How many pages a leaf covers. */
    static final int PAGES = 1 << SPAN;

    /** Up to here the array holds present entries only: 17 pages in the full form cost 61 bytes each. */
    private static final int FEW = 16;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long[] EMPTY = {};

    /** Returned by {@link #set} instead of an entry: the leaf has been pruned; walk again. */
    static final long PRUNED = -1;

    private boolean pruned;
    private volatile long[] entries = EMPTY;

    Leaf(long page) {
        super(page, SPAN);
    }

    private static int slotOf(long page) {
        return (int) page & (PAGES - 1);
    }

    /** The entry of a covered page. */
    long get(long page) {
        long[] now = entries;
        int slot = slotOf(page);
        if (now.length == PAGES) {
            return (long) ENTRY.getAcquire(now, slot);
        }
        int at = find(now, slot);
        return at < now.length && PageEntry.slot(now[at]) == slot ? now[at] : PageEntry.NONE;
    }

    /** Sets the entry of a covered page and returns what was there, or {@link #PRUNED}, and nothing has been set. */
    synchronized long set(long page, long entry) {
        if (pruned) {
            return PRUNED;
        }
        long[] now = entries;
        int slot = slotOf(page);
        long set = PageEntry.withSlot(entry, slot);
        if (now.length == PAGES) {
            long old = now[slot];
            ENTRY.setRelease(now, slot, set);
            return old;
        }
        int at = find(now, slot);
        if (at < now.length && PageEntry.slot(now[at]) == slot) {
            long[] replaced = now.clone();
            replaced[at] = set;
            entries = replaced;
            return now[at];
        }
        entries = now.length < FEW ? inserted(now, at, set) : full(now, slot, set);
        return PageEntry.NONE;
    }

    @Override
    void forEach(long from, long to, LongConsumer visitor) {
        long[] now = entries;
        for (int i = 0; i < now.length; i++) {
            long entry = (long) ENTRY.getAcquire(now, i);
            long page = first + PageEntry.slot(entry);
            if (PageEntry.isPresent(entry) && from <= page && page <= to) {
                visitor.accept(page);
            }
        }
    }

    @Override
    synchronized boolean prune(long from, long to) {
        for (long entry : entries) {
            if (PageEntry.isPresent(entry)) {
                return false;
            }
        }
        pruned = true;
        return true;
    }

    /** The place in a sorted array where {@code slot} is or belongs. */
    private static int find(long[] sorted, int slot) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (PageEntry.slot(sorted[middle]) < slot) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static long[] inserted(long[] sorted, int at, long entry) {
        long[] grown = new long[sorted.length + 1];
        System.arraycopy(sorted, 0, grown, 0, at);
        grown[at] = entry;
        System.arraycopy(sorted, at, grown, at + 1, sorted.length - at);
        return grown;
    }

    private static long[] full(long[] sorted, int slot, long entry) {
        long[] full = new long[PAGES];
        for (long present : sorted) {
            full[PageEntry.slot(present)] = present;
        }
        full[slot] = entry;
        return full;
    }
}
