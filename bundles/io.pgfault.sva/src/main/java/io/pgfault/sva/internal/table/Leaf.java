// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;

/**
 * The entries of {@link #PAGES} neighbouring pages. The sparse array holds the entries of up to 16 present pages,
 * sorted by slot; a thread that changes an entry replaces the array. The full array has an entry for every slot, and a
 * thread changes the entry in place.
 *
 * <p>A thread that changes the leaf holds the leaf's monitor. A reader takes no lock.
 */
final class Leaf extends Node {
    /** How many low bits of a page number choose the slot. */
    static final int SPAN = PageEntry.SLOT_BITS;

    /** How many pages a leaf covers. */
    static final int PAGES = PageEntry.SLOTS;

    /** The most entries of a sparse array. The full array costs 61 bytes for each of 17 pages. */
    private static final int FEW = 16;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long[] EMPTY = {};

    private static final VarHandle TOUCHED_LOW = touched("touchedLow");
    private static final VarHandle TOUCHED_HIGH = touched("touchedHigh");

    /** Returned by {@link #set} instead of an entry: a thread has pruned the leaf, so the caller walks again. */
    static final long PRUNED = -1;

    /** Whether a thread has cut this leaf out of the table. Guarded by the monitor. */
    private boolean pruned;
    /** Written under the monitor, read by any thread. */
    private volatile long[] entries = EMPTY;
    /**
     * Which pages devices have touched, one bit for each slot: slots 0 to 63 and slots 64 to 127. Any thread sets and
     * clears bits atomically, without the monitor.
     */
    private volatile long touchedLow;

    private volatile long touchedHigh;

    Leaf(long page) {
        super(page, SPAN);
    }

    private static VarHandle touched(String field) {
        try {
            return MethodHandles.lookup().findVarHandle(Leaf.class, field, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static VarHandle touchedOf(int slot) {
        return slot < Long.SIZE ? TOUCHED_LOW : TOUCHED_HIGH;
    }

    /** The marks of the half of the slots that {@code slot} belongs to. */
    private long marks(int slot) {
        return slot < Long.SIZE ? touchedLow : touchedHigh;
    }

    /** Marks a covered page as touched. Writes nothing if the page has its mark, as nearly always. */
    void touch(long page) {
        int slot = slotOf(page);
        long bit = 1L << slot;
        if ((marks(slot) & bit) == 0) {
            touchedOf(slot).getAndBitwiseOr(this, bit);
        }
    }

    /** Whether a covered page is marked as touched. */
    boolean isTouched(long page) {
        int slot = slotOf(page);
        return (marks(slot) & 1L << slot) != 0;
    }

    /** Clears the mark of a covered page. */
    void clearTouched(long page) {
        int slot = slotOf(page);
        touchedOf(slot).getAndBitwiseAnd(this, ~(1L << slot));
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

    /** Sets the entry of a covered page; returns the previous entry, or {@link #PRUNED} if nothing has been set. */
    synchronized long set(long page, long entry) {
        if (pruned) {
            return PRUNED;
        }
        if (!PageEntry.isPresent(entry)) {
            clearTouched(page);
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

    /** The index in a sorted array where {@code slot} is or belongs. */
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
