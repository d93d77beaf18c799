// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Invalidates single pages of several address spaces, with one invalidation for pages of one that lie near each other: a
 * translation that goes needlessly costs its device another translation request, an invalidation costs all of them a round.
 */
final class Invalidation {
    /** In pages: 4 MiB. */
    private static final long NEAR = 1024;

    private final Map<Pages, List<Long>> bySpace = new HashMap<>();

    void add(Pages space, long page) {
        bySpace.computeIfAbsent(space, s -> new ArrayList<>()).add(page);
    }

    /** Returns when no device uses a cached translation of any of the pages. */
    void run() {
        bySpace.forEach(Invalidation::ranges);
    }

    private static void ranges(Pages space, List<Long> pages) {
        pages.sort(null);
        long first = pages.get(0);
        long last = first;
        for (long page : pages) {
            if (page > last + NEAR) {
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
