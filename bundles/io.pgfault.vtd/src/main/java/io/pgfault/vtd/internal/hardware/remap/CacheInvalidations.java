// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.remap;

import io.pgfault.api.Pasid;
import io.pgfault.parts.Walkers;
import io.pgfault.vtd.spec.ContextCacheInvalidation;
import io.pgfault.vtd.spec.IotlbInvalidation;
import io.pgfault.vtd.spec.PasidCacheInvalidation;
import java.util.function.Predicate;

/**
 * Executes the descriptors that make the unit forget what it has cached (rule T05; VT-d 4.1 §6.5.2). A method returns
 * after the walks that began before the unit has forgotten. Any thread.
 */
public final class CacheInvalidations {
    private static final int PAGE_SHIFT = 12;
    private static final int FUNCTIONS = 7;
    /** Up to 2^6 pages are looked for one by one; for more the whole cache is swept. */
    private static final int FEW_PAGES = 6;

    private final Caches caches;
    private final Walkers<?> walkers;

    CacheInvalidations(Caches caches, Walkers<?> walkers) {
        this.caches = caches;
        this.walkers = walkers;
    }

    /** Executes a context-cache invalidate descriptor. */
    public void contexts(long word0) {
        int domain = ContextCacheInvalidation.domain(word0);
        int ignored = ((1 << ContextCacheInvalidation.functionMask(word0)) - 1) & FUNCTIONS;
        int id = ContextCacheInvalidation.requesterId(word0) | ignored;
        switch (ContextCacheInvalidation.granularity(word0)) {
            case ContextCacheInvalidation.DEVICE ->
                caches.invalidateContexts(entry -> (entry.requesterId() | ignored) == id);
            case ContextCacheInvalidation.DOMAIN ->
                caches.invalidateContexts(entry ->
                        entry.words().paging() == null || entry.words().paging().domain() == domain);
            default -> caches.invalidateContexts(entry -> true);
        }
        walkers.awaitBusy();
    }

    /** Executes a PASID-cache invalidate descriptor. */
    public void pasids(long word0) {
        int domain = PasidCacheInvalidation.domain(word0);
        int pasid = PasidCacheInvalidation.pasid(word0);
        switch (PasidCacheInvalidation.granularity(word0)) {
            case PasidCacheInvalidation.PASID ->
                caches.invalidatePasids(entry ->
                        entry.paging().domain() == domain && (entry.pasid() == pasid || entry.pasid() == Pasid.NONE));
            case PasidCacheInvalidation.DOMAIN ->
                caches.invalidatePasids(entry -> entry.paging().domain() == domain);
            default -> caches.invalidatePasids(entry -> true);
        }
        walkers.awaitBusy();
    }

    /**
     * Executes an IOTLB invalidate descriptor of type 2, which also drops what the nested translations of a domain
     * cached.
     */
    public void translations(long word0, long word1) {
        int domain = IotlbInvalidation.domain(word0);
        switch (IotlbInvalidation.granularity(word0)) {
            case IotlbInvalidation.PAGES ->
                caches.invalidateTranslations(
                        entry -> entry.domain() == domain && (entry.pasid() != Pasid.NONE || covers(word1, entry)));
            case IotlbInvalidation.ALL -> caches.invalidateTranslations(entry -> entry.domain() == domain);
            default -> caches.invalidateTranslations(entry -> true);
        }
        walkers.awaitBusy();
    }

    /** Executes a PASID-based IOTLB invalidate descriptor, type 6. */
    public void translationsOfPasid(long word0, long word1) {
        int domain = IotlbInvalidation.domain(word0);
        int pasid = IotlbInvalidation.pasid(word0);
        boolean pages = IotlbInvalidation.granularity(word0) == IotlbInvalidation.PAGES;
        Predicate<Caches.Translated> named = entry -> entry.domain() == domain
                && (entry.pasid() == pasid || entry.pasid() == Pasid.NONE)
                && (!pages || covers(word1, entry));
        int mask = IotlbInvalidation.mask(word1);
        if (pages && mask <= FEW_PAGES) {
            long first = IotlbInvalidation.address(word1) >>> PAGE_SHIFT & -1L << mask;
            caches.invalidatePages(domain, pasid, first, 1 << mask, named);
        } else {
            caches.invalidateTranslations(named);
        }
        walkers.awaitBusy();
    }

    /** Whether the pages of a descriptor's word 1 overlap the page that an entry came from. */
    private static boolean covers(long word1, Caches.Translated entry) {
        int shift = Math.max(Math.min(PAGE_SHIFT + IotlbInvalidation.mask(word1), Long.SIZE - 1), entry.shift());
        return IotlbInvalidation.address(word1) >>> shift == entry.page() << PAGE_SHIFT >>> shift;
    }
}
