// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import io.pgfault.sva.internal.CachedPage.Mapping;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Invalidates single pages of several address spaces: neighbouring pages of one with one invalidation. */
final class Invalidation {
    private Invalidation() {}

    /** Returns when no device uses a cached translation of any of the pages. */
    static void of(Collection<Mapping> mappings) {
        Map<Pages, List<Long>> bySpace = new HashMap<>();
        for (Mapping mapping : mappings) {
            bySpace.computeIfAbsent(mapping.space(), s -> new ArrayList<>()).add(mapping.page());
        }
        bySpace.forEach(Invalidation::ranges);
    }

    private static void ranges(Pages space, List<Long> pages) {
        pages.sort(null);
        long first = pages.get(0);
        long last = first;
        for (long page : pages) {
            if (page > last + 1) {
                invalidate(space, first, last);
                first = page;
            }
            last = page;
        }
        invalidate(space, first, last);
    }

    private static void invalidate(Pages space, long first, long last) {
        space.invalidate(
                first << Translation.PAGE_SHIFT, (last << Translation.PAGE_SHIFT) + (Translation.PAGE_SIZE - 1));
    }
}
