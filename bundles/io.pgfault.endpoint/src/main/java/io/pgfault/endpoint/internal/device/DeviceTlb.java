// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.api.Translation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A device's cache of translations (PCIe: Address Translation Cache), direct-mapped, keyed by PASID and page.
 *
 * <p>An entry is four longs: version, page address, PASID, translation. The version is odd while a thread writes the
 * entry. A look-up that reads an odd version, or a different version after its reads, finds nothing (seqlock). A
 * look-up takes no lock and allocates nothing. A writing thread holds this object's lock, and calls no foreign code
 * under the lock.
 *
 * <p>A thread uses a translation only between {@link AccessEpochs#enter} and {@link AccessEpochs#leave}. {@link #drop}
 * advances the epoch under the lock, and {@link #fill} checks the epoch under the lock: no thread caches a translation
 * after an invalidation that it requested before that invalidation.
 */
final class DeviceTlb {
    /** The most entries a TLB may have. */
    static final int MAX_ENTRIES = 1 << 20;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int VERSION = 0;
    private static final int PAGE = 1;
    private static final int PASID = 2;
    private static final int TRANSLATION = 3;
    private static final int ENTRY_SHIFT = 2;

    /** An odd number near 2^64 divided by the golden ratio: spreads blocks of pages and PASIDs over the entries. */
    private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

    private static final int BLOCK_SHIFT = 9;

    /** The entries. A thread writes an entry under this object's lock; any thread reads entries without a lock. */
    private final long[] table;

    private final int mask;
    private final AccessEpochs epochs;

    /**
     * An empty TLB.
     *
     * @param entries the count of translations in the TLB, a power of two, 1 to {@link #MAX_ENTRIES}
     */
    DeviceTlb(int entries, AccessEpochs epochs) {
        if (entries < 1 || entries > MAX_ENTRIES || Integer.bitCount(entries) != 1) {
            throw new IllegalArgumentException(
                    "tlb.entries is a power of two from 1 to " + MAX_ENTRIES + ", got " + entries);
        }
        this.table = new long[entries << ENTRY_SHIFT];
        this.mask = entries - 1;
        this.epochs = epochs;
    }

    /** The cached translation of the page that holds {@code address}, or {@link Translation#NONE}. */
    long lookup(int pasid, long address) {
        int entry = entry(pasid, address >>> Translation.PAGE_SHIFT);
        long version = (long) WORD.getVolatile(table, entry + VERSION);
        long page = (long) WORD.getOpaque(table, entry + PAGE);
        long owner = (long) WORD.getOpaque(table, entry + PASID);
        long translation = (long) WORD.getOpaque(table, entry + TRANSLATION);
        VarHandle.loadLoadFence();
        boolean hit = page == (address & -Translation.PAGE_SIZE)
                && owner == pasid
                && (version & 1) == 0
                && version == (long) WORD.getOpaque(table, entry + VERSION);
        return hit ? translation : Translation.NONE;
    }

    /**
     * Caches a translation, unless an invalidation came since the thread asked the unit for the translation.
     *
     * @param asked the epoch that the thread read before asking the unit
     */
    synchronized void fill(int pasid, long address, long translation, long asked) {
        if (epochs.current() == asked) {
            write(entry(pasid, address >>> Translation.PAGE_SHIFT), pasid, address, translation);
        }
    }

    /**
     * Drops the translations of the pages from {@code first} to {@code last}, byte addresses, inclusive, unsigned.
     * Returns the epoch that begins with the call. No access uses a dropped translation after
     * {@link AccessEpochs#awaitBefore} of that epoch has returned.
     */
    synchronized long drop(int pasid, long first, long last) {
        long firstPage = first >>> Translation.PAGE_SHIFT;
        long lastPage = last >>> Translation.PAGE_SHIFT;
        if (lastPage - firstPage <= mask) {
            for (long page = firstPage; page <= lastPage; page++) {
                dropIfWithin(entry(pasid, page), pasid, firstPage, lastPage);
            }
        } else {
            for (int entry = 0; entry < table.length; entry += 1 << ENTRY_SHIFT) {
                dropIfWithin(entry, pasid, firstPage, lastPage);
            }
        }
        return epochs.advance();
    }

    /** Drops every translation; returns the epoch that begins, as {@link #drop} does. */
    synchronized long clear() {
        for (int entry = 0; entry < table.length; entry += 1 << ENTRY_SHIFT) {
            write(entry, 0, 0, Translation.NONE);
        }
        return epochs.advance();
    }

    private void dropIfWithin(int entry, int pasid, long firstPage, long lastPage) {
        long page = table[entry + PAGE] >>> Translation.PAGE_SHIFT;
        if (table[entry + PASID] == pasid && firstPage <= page && page <= lastPage) {
            write(entry, pasid, page << Translation.PAGE_SHIFT, Translation.NONE);
        }
    }

    private void write(int entry, int pasid, long address, long translation) {
        long version = table[entry + VERSION];
        WORD.setVolatile(table, entry + VERSION, version + 1);
        VarHandle.storeStoreFence();
        WORD.setOpaque(table, entry + PAGE, address & -Translation.PAGE_SIZE);
        WORD.setOpaque(table, entry + PASID, (long) pasid);
        WORD.setOpaque(table, entry + TRANSLATION, translation);
        WORD.setVolatile(table, entry + VERSION, version + 2);
    }

    /**
     * The index of the entry of a page. Neighbouring pages of a block of 2^{@value #BLOCK_SHIFT} pages have
     * neighbouring entries. Pages at the same place of different blocks, for example source and destination of a copy,
     * have different entries.
     */
    private int entry(int pasid, long page) {
        long block = ((page >>> BLOCK_SHIFT) + pasid) * SPREAD;
        return (((int) page + (int) (block >>> Integer.SIZE)) & mask) << ENTRY_SHIFT;
    }
}
