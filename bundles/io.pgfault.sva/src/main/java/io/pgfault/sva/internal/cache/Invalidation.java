// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.api.Translation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A batch of page invalidations. Pages of one address space that lie near each other share one range: dropping a few
 * translations in between costs one translation request each, another invalidation costs a round trip to every device.
 */
final class Invalidation {
    /** The widest gap between two pages of one range, in pages: 4 MiB. */
    private static final long NEAR = 1024;

    private final Map<Mapper, List<Long>> pages = new HashMap<>();

    void add(Mapping mapping) {
        pages.computeIfAbsent(mapping.mapper(), m -> new ArrayList<>()).add(mapping.page());
    }

    /** Returns when no device uses a cached translation of any of the pages (rule S06). */
    void run() {
        pages.forEach(Invalidation::ranges);
    }

    private static void ranges(Mapper mapper, List<Long> pages) {
        pages.sort(null);
        long first = pages.get(0);
        long last = first;
        for (long page : pages) {
            if (page > last + NEAR) {
                invalidate(mapper, first, last);
                first = page;
            }
            last = page;
        }
        invalidate(mapper, first, last);
    }

    private static void invalidate(Mapper mapper, long first, long last) {
        mapper.invalidate(
                first << Translation.PAGE_SHIFT, (last << Translation.PAGE_SHIFT) + (Translation.PAGE_SIZE - 1));
    }
}
