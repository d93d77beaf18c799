// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.remap;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;

/**
 * What the unit keeps of tables and translations (rule T05; IHI 0070 F.b §3.21): the configuration cache and the TLB,
 * each direct-mapped. Only what was valid gets in. A lookup takes one load and allocates nothing. Any thread.
 *
 * <p><b>Invariant:</b> when an invalidation has returned, no cache has an entry that was read before the invalidation
 * began. The invalidating thread raises {@code generation}, then sweeps. A filling thread reads the generation before
 * it reads tables, stores its entry, then reads the generation again, and removes its entry if the generation has
 * changed (Dekker). So either the sweep finds the entry, or the filling thread removes it.
 */
final class Caches {
    private static final int CONFIGURATIONS = 1024;
    private static final int TRANSLATIONS = 8192;
    private static final int PAGE_SHIFT = 12;
    private static final int HASH = 0x9e37_79b9;

    private final AtomicReferenceArray<Configured> configurations = new AtomicReferenceArray<>(CONFIGURATIONS);
    private final AtomicReferenceArray<Translated> translations = new AtomicReferenceArray<>(TRANSLATIONS);
    /** How many invalidations have begun. Invalidating threads raise it; filling threads read it. */
    private final AtomicLong generation = new AtomicLong();
    /**
     * Whether a translation of a block has been stored, now or earlier. Filling threads set it before they store the
     * translation; invalidating threads read it after they have raised the generation.
     */
    private volatile boolean large;

    /**
     * A translation of one page of 4 KiB.
     *
     * @param asid {@link Configured#NO_ASID} if no first stage translated
     * @param page number of the 4 KiB page of the input address
     * @param shift log2 of the bytes of the input addresses that one invalidation of an address names
     * @param result what the walk found, see {@code Result}
     */
    record Translated(int vmid, int asid, long page, int shift, long result) {
        /** Whether an invalidation of an address names the entry. */
        boolean covers(long address) {
            return address >>> shift == page << PAGE_SHIFT >>> shift;
        }
    }

    long generation() {
        return generation.get();
    }

    Configured configuration(int streamId, int substreamId) {
        Configured entry = configurations.get(slot(streamId, substreamId));
        return entry != null && entry.streamId() == streamId && entry.substreamId() == substreamId ? entry : null;
    }

    void put(long began, Configured entry) {
        fill(configurations, slot(entry.streamId(), entry.substreamId()), entry, began);
    }

    Translated translation(int vmid, int asid, long page) {
        Translated entry = translations.get(slot(vmid, asid, page));
        return entry != null && entry.page == page && entry.asid == asid && entry.vmid == vmid ? entry : null;
    }

    void put(long began, Translated entry) {
        if (entry.shift != PAGE_SHIFT && !large) {
            large = true;
        }
        fill(translations, slot(entry.vmid, entry.asid, entry.page), entry, began);
    }

    void invalidateConfigurations(Predicate<Configured> which) {
        generation.incrementAndGet();
        sweep(configurations, which);
    }

    void invalidateTranslations(Predicate<Translated> which) {
        generation.incrementAndGet();
        sweep(translations, which);
    }

    /**
     * Removes what came from one address of a VMID and an ASID. Looks at the page's slot alone, unless the cache has
     * held a block: what came from a block stands in the slot of any of its pages.
     */
    void invalidateAddress(int vmid, int asid, long address) {
        generation.incrementAndGet();
        if (large) {
            sweep(translations, entry -> entry.vmid == vmid && entry.asid == asid && entry.covers(address));
            return;
        }
        int slot = slot(vmid, asid, address >>> PAGE_SHIFT);
        Translated entry = translations.get(slot);
        // A thread that replaces the entry meanwhile sees the new generation and removes its own.
        if (entry != null && entry.vmid == vmid && entry.asid == asid && entry.covers(address)) {
            translations.compareAndSet(slot, entry, null);
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

    private static int slot(int streamId, int substreamId) {
        int mixed = streamId * HASH + substreamId;
        return (mixed ^ mixed >>> 16) & (CONFIGURATIONS - 1);
    }

    private static int slot(int vmid, int asid, long page) {
        int mixed = (vmid * HASH + asid) * HASH + (int) (page ^ page >>> 32);
        return (mixed ^ mixed >>> 16) & (TRANSLATIONS - 1);
    }
}
