// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.remap;

import io.pgfault.api.Pasid;
import io.pgfault.vtd.internal.hardware.walk.ContextWords;
import io.pgfault.vtd.internal.hardware.walk.PagingContext;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;

/**
 * What the unit keeps of tables and translations (rule T05; VT-d 4.1 §6.2): the context cache, the PASID cache, the
 * IOTLB, and the paging-structure cache that leads to last tables, each direct-mapped. Only what was present gets in. A
 * lookup takes one load and allocates nothing. Any thread.
 *
 * <p><b>Invariant:</b> when an invalidation has returned, no cache has an entry that was read before the invalidation
 * began. The invalidating thread raises {@code generation}, then sweeps. A filling thread reads the generation before
 * it reads tables, stores its entry, then reads the generation again, and removes its entry if the generation has
 * changed (Dekker). So either the sweep finds the entry, or the filling thread removes it.
 */
final class Caches {
    private static final int CONTEXTS = 256;
    private static final int PASIDS = 1024;
    private static final int TRANSLATIONS = 8192;
    private static final int LAST_TABLES = 512;
    private static final int PAGE_SHIFT = 12;
    private static final int TABLE_SHIFT = 21;
    private static final int HASH = 0x9e37_79b9;

    private final AtomicReferenceArray<Context> contexts = new AtomicReferenceArray<>(CONTEXTS);
    private final AtomicReferenceArray<PasidContext> pasids = new AtomicReferenceArray<>(PASIDS);
    private final AtomicReferenceArray<Translated> translations = new AtomicReferenceArray<>(TRANSLATIONS);
    /** First-stage tables that map 2 MiB in pages of 4 KiB, each as a page of 2 MiB that translates to the table. */
    private final AtomicReferenceArray<Translated> lastTables = new AtomicReferenceArray<>(LAST_TABLES);
    /** How many invalidations have begun. Invalidating threads raise it; filling threads read it. */
    private final AtomicLong generation = new AtomicLong();
    /**
     * Whether a translation of a large page has been stored, now or earlier. Filling threads set it before they store
     * the translation; invalidating threads read it after they have raised the generation.
     */
    private volatile boolean large;

    /** A context entry of a requester. */
    record Context(int requesterId, ContextWords words) {}

    /** A PASID entry; {@code pasid} is -1 for requests without PASID. */
    record PasidContext(int requesterId, int pasid, PagingContext paging) {}

    /**
     * A translation.
     *
     * @param page number of the 4 KiB page that was asked for
     * @param shift size of the page that holds it
     * @param to address of the translated 4 KiB page
     * @param permissions what cached use may do; less than the page table grants while the dirty bit is clear
     */
    record Translated(int domain, int pasid, boolean privileged, long page, int shift, long to, int permissions) {}

    long generation() {
        return generation.get();
    }

    ContextWords context(int requesterId) {
        Context entry = contexts.get(requesterId & (CONTEXTS - 1));
        return entry != null && entry.requesterId == requesterId ? entry.words : null;
    }

    void put(long began, Context entry) {
        fill(contexts, entry.requesterId & (CONTEXTS - 1), entry, began);
    }

    PagingContext pasid(int requesterId, int pasid) {
        PasidContext entry = pasids.get(slot(requesterId, pasid));
        return entry != null && entry.requesterId == requesterId && entry.pasid == pasid ? entry.paging : null;
    }

    void put(long began, PasidContext entry) {
        fill(pasids, slot(entry.requesterId, entry.pasid), entry, began);
    }

    Translated translation(int domain, int pasid, boolean privileged, long page) {
        Translated entry = translations.get(slot(domain, pasid, page));
        return entry != null
                        && entry.page == page
                        && entry.domain == domain
                        && entry.pasid == pasid
                        && entry.privileged == privileged
                ? entry
                : null;
    }

    void put(long began, Translated entry) {
        if (entry.shift != PAGE_SHIFT && !large) {
            large = true;
        }
        fill(translations, slot(entry.domain, entry.pasid, entry.page), entry, began);
    }

    /** The address of the first-stage table that maps a page as one of 4 KiB; 0 if the cache has none. */
    long lastTable(int domain, int pasid, long page) {
        long first = firstOfTable(page);
        Translated entry = lastTables.get(slotOfTable(domain, pasid, page));
        return entry != null && entry.page == first && entry.domain == domain && entry.pasid == pasid ? entry.to : 0;
    }

    /** Keeps a last table, above which the levels grant everything. The entry goes as one of a page of 2 MiB does. */
    void putLastTable(long began, int domain, int pasid, long page, long table) {
        Translated entry = new Translated(domain, pasid, false, firstOfTable(page), TABLE_SHIFT, table, 0);
        fill(lastTables, slotOfTable(domain, pasid, page), entry, began);
    }

    private static long firstOfTable(long page) {
        return page & -(1L << (TABLE_SHIFT - PAGE_SHIFT));
    }

    void invalidateContexts(Predicate<Context> which) {
        generation.incrementAndGet();
        sweep(contexts, which);
    }

    void invalidatePasids(Predicate<PasidContext> which) {
        generation.incrementAndGet();
        sweep(pasids, which);
    }

    void invalidateTranslations(Predicate<Translated> which) {
        generation.incrementAndGet();
        sweep(translations, which);
        sweep(lastTables, which);
    }

    /**
     * Removes what came from a few pages, of a domain id with a PASID and without. Looks at the slots of these pages
     * alone, unless the cache has held a large page: what came from a large page stands in the slot of any of its
     * pages.
     *
     * @param first number of the first page
     * @param count how many pages
     */
    void invalidatePages(int domain, int pasid, long first, int count, Predicate<Translated> which) {
        generation.incrementAndGet();
        clear(lastTables, slotOfTable(domain, pasid, first), which);
        clear(lastTables, slotOfTable(domain, pasid, first + count - 1), which);
        if (large) {
            sweep(translations, which);
            return;
        }
        for (long page = first; page < first + count; page++) {
            clear(translations, slot(domain, pasid, page), which);
            clear(translations, slot(domain, Pasid.NONE, page), which);
        }
    }

    private static void clear(AtomicReferenceArray<Translated> cache, int slot, Predicate<Translated> which) {
        Translated entry = cache.get(slot);
        // A thread that replaces the entry meanwhile sees the new generation and removes its own.
        if (entry != null && which.test(entry)) {
            cache.compareAndSet(slot, entry, null);
        }
    }

    private <T> void fill(AtomicReferenceArray<T> cache, int slot, T entry, long began) {
        if (generation.get() != began) {
            return;
        }
        cache.set(slot, entry);
        if (generation.get() != began) {
            cache.compareAndSet(slot, entry, null);
        }
    }

    private static <T> void sweep(AtomicReferenceArray<T> cache, Predicate<T> which) {
        for (int slot = 0; slot < cache.length(); slot++) {
            T entry = cache.get(slot);
            // A thread that replaces the entry meanwhile sees the new generation and removes its own.
            if (entry != null && which.test(entry)) {
                cache.compareAndSet(slot, entry, null);
            }
        }
    }

    private static int slot(int requesterId, int pasid) {
        return (requesterId * HASH + pasid) & (PASIDS - 1);
    }

    private static int slotOfTable(int domain, int pasid, long page) {
        return slot(domain, pasid, page >>> (TABLE_SHIFT - PAGE_SHIFT)) & (LAST_TABLES - 1);
    }

    private static int slot(int domain, int pasid, long page) {
        int mixed = (domain * HASH + pasid) * HASH + (int) (page ^ page >>> 32);
        return (mixed ^ mixed >>> 16) & (TRANSLATIONS - 1);
    }
}
