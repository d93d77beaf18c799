// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import java.util.HashMap;
import java.util.Map;

/**
 * What a device with address translation services (PCIe 6.0 §10.2) keeps in its cache: every translation that the unit
 * granted, until an invalidation names the page. The device's monitor is the cache's monitor. Any thread.
 */
final class CachedTranslations {
    /** One page of one PASID; {@code address} is the first byte of the page. */
    private record Page(int pasid, long address) {
        static Page of(int pasid, long address) {
            return new Page(pasid, address & -(long) Translation.PAGE_SIZE);
        }

        boolean isWithin(int ofPasid, long first, long last) {
            return pasid == ofPasid
                    && Long.compareUnsigned(address, last) <= 0
                    && Long.compareUnsigned(first, address + Translation.PAGE_SIZE - 1) <= 0;
        }
    }

    /** Guarded by this cache's monitor. */
    private final Map<Page, Long> pages = new HashMap<>();

    /**
     * Translates an address as a device does: from the cache, else by a translation request whose result enters the
     * cache.
     *
     * @param pasid a PASID, or {@link Pasid#NONE}
     * @return the translation, {@link Translation#NONE} if the unit grants nothing
     */
    long translate(Upstream upstream, int pasid, long address) {
        Page page = Page.of(pasid, address);
        synchronized (this) {
            Long cached = pages.get(page);
            if (cached != null) {
                return cached;
            }
        }
        long translation = upstream.translate(pasid, address);
        if (translation != Translation.NONE) {
            synchronized (this) {
                pages.put(page, translation);
            }
        }
        return translation;
    }

    /** Drops the pages of a PASID from {@code first} to {@code last}, byte addresses, inclusive. */
    synchronized void invalidate(int pasid, long first, long last) {
        pages.keySet().removeIf(page -> page.isWithin(pasid, first, last));
    }
}
