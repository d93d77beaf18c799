// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.device;

import io.pgfault.api.Translation;
import io.pgfault.api.sva.Area;
import io.pgfault.lab.Bound;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Costs;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.UnreadableInput;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Knows the future of a trace: reads it, and counts what the areas grant and refuse. One thread. */
public final class Oracle {
    private final List<Area> areas;
    private final Set<Long> pages = new HashSet<>();
    /** The area that granted the last page. */
    private Area last;

    /** Judges by these areas. */
    public Oracle(List<Area> areas) {
        this.areas = areas.stream()
                .sorted(Comparator.comparing(Area::start, Long::compareUnsigned))
                .toList();
    }

    /** Reads the trace to its end. */
    public Bound read(Conditions conditions, AccessSource trace) throws UnreadableInput {
        AccessQueue queue = new AccessQueue(trace, 0);
        long accesses = 0;
        long failed = 0;
        long refused = 0;
        boolean grantedFirst = false;
        while (queue.next()) {
            boolean made = true;
            int count = queue.pages(0);
            for (int j = 0; j < count; j++) {
                long page = queue.page(0, j);
                if (grants(page << Translation.PAGE_SHIFT, queue.permissions(0))) {
                    grantedFirst |= refused == 0;
                    pages.add(page);
                } else {
                    refused++;
                    made = false;
                }
            }
            failed += made ? 0 : 1;
            accesses++;
        }
        Costs costs = conditions.costs();
        long groups = refused + (grantedFirst ? 1 : 0);
        long each = costs.fault() + (conditions.real() ? 0 : costs.call());
        return new Bound(accesses, failed, pages.size(), groups, groups * each, pages.size() + refused);
    }

    private boolean grants(long address, int permissions) {
        if (last == null || !last.contains(address)) {
            last = find(address);
        }
        return last != null && (permissions & ~last.permissions()) == 0;
    }

    private Area find(long address) {
        int low = 0;
        int high = areas.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Area area = areas.get(middle);
            if (area.contains(address)) {
                return area;
            }
            if (Long.compareUnsigned(address, area.start()) < 0) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        return null;
    }
}
