// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import java.util.function.LongConsumer;

/**
 * The entries of one address space by page number. Any thread. A thread that sets or clears the entry of a page holds
 * the page's lock, so two threads never change one entry at a time; a unit may set marks in the entry meanwhile.
 */
public interface PageMap {
    /** The highest page number that can have an entry. */
    long lastPage();

    /** Returns the entry of a page, {@link PageEntry#NONE} if the page isn't present. Takes no lock. */
    long get(long page);

    /**
     * Translates a page for a device, and marks the page as touched if there is a translation. The thread takes a lock
     * only while the thread sets a mark that was clear, and no thread waits or works long under that lock.
     *
     * @return a {@code Translation}
     */
    long walk(long page);

    /**
     * Sets the entry of a page to a present entry. A page that was present keeps its mark.
     *
     * @return false if there is no frame for a table; nothing has been set, and the page was not present
     */
    boolean set(long page, long entry);

    /** Makes a page not present and clears its mark. */
    void clear(long page);

    /**
     * Visits the present pages from {@code first} to {@code last}, inclusive, in order of their numbers within tables.
     * Pages that another thread sets or clears meanwhile may be visited or not. The visiting thread holds no lock of
     * this object.
     */
    void forEach(long first, long last, LongConsumer visitor);

    /** Visits the pages that are marked as touched, as {@link #forEach} visits all pages. */
    void forEachTouched(long first, long last, LongConsumer visitor);

    /** Clears the marks of the present pages from {@code first} to {@code last}, inclusive. */
    void clearTouched(long first, long last);

    /**
     * Cuts out the tables that cover pages from {@code first} to {@code last}, inclusive, and hold no present page.
     *
     * @return what the caller frees after the units have been told of the range
     */
    Pruned prune(long first, long last);

    /** How many pages are present; approximate while other threads set or clear entries. */
    long size();

    /** Frees what an empty map still holds. No thread sets an entry and no unit walks the table any more. */
    void free();

    /** Tables that were cut out and that a unit may still be reading. */
    @FunctionalInterface
    interface Pruned {
        /** No tables, or tables that no unit reads. */
        Pruned NOTHING = () -> {};

        /** Frees the tables. The invalidation of the range has returned, so no walk of a unit is in them (rule S06). */
        void free();
    }
}
