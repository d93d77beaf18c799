// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.sva.Area;
import java.util.Comparator;
import java.util.List;

/** The areas of an address space at one moment: immutable, sorted by address, none overlapping. */
final class Areas {
    /** No area. */
    static final Areas NONE = new Areas(List.of());

    private final List<Area> list;
    private final Area[] sorted;

    private Areas(List<Area> list) {
        this.list = list;
        this.sorted = list.toArray(Area[]::new);
    }

    /**
     * Sorts the areas.
     *
     * @throws IllegalArgumentException if two overlap; the message names both
     */
    static Areas of(List<Area> areas) {
        List<Area> sorted = areas.stream()
                .sorted(Comparator.comparing(Area::start, Long::compareUnsigned))
                .toList();
        for (int i = 1; i < sorted.size(); i++) {
            Area below = sorted.get(i - 1);
            Area above = sorted.get(i);
            if (below.contains(above.start())) {
                throw new IllegalArgumentException("areas overlap: %s and %s".formatted(below, above));
            }
        }
        return new Areas(sorted);
    }

    List<Area> list() {
        return list;
    }

    /** The area that holds {@code address}, or null. */
    Area find(long address) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(sorted[middle].last(), address) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < sorted.length && sorted[low].contains(address) ? sorted[low] : null;
    }
}
