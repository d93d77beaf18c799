// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.sva.Area;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * The areas of an address space at one moment: immutable, sorted by address without overlap (kernel: {@code mm_mt}).
 */
final class Areas {
    /** An address space without areas. */
    static final Areas NONE = new Areas(List.of());

    private final List<Vma> vmas;
    private final Vma[] sorted;
    private final List<Area> list;

    private Areas(List<Vma> vmas) {
        this.vmas = vmas;
        this.sorted = vmas.toArray(Vma[]::new);
        this.list = vmas.stream().map(Vma::area).toList();
    }

    /**
     * Sorts recorded areas.
     *
     * @throws IllegalArgumentException if two areas overlap; the message names both
     */
    static Areas recorded(List<Area> areas) {
        return of(areas, Vma::recorded);
    }

    /**
     * Sorts areas and gives each its memory.
     *
     * @param maker gives an area its memory; called once for each area, in order of address
     * @throws IllegalArgumentException if two areas overlap; the message names both, and {@code maker} has not been
     *     called
     */
    static Areas of(List<Area> areas, Function<Area, Vma> maker) {
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
        return new Areas(sorted.stream().map(maker).toList());
    }

    List<Area> list() {
        return list;
    }

    List<Vma> vmas() {
        return vmas;
    }

    /** Returns these areas and one more, which overlaps none of them. */
    Areas with(Vma added) {
        List<Vma> more = new ArrayList<>(vmas);
        more.add(at(added.area().start()), added);
        return new Areas(more);
    }

    /** Returns these areas for another address space; each copy holds a reference of its own to its memory. */
    Areas copy() {
        return new Areas(vmas.stream()
                .map(v -> v.part(v.area().start(), v.area().last(), v.area().permissions()))
                .toList());
    }

    /**
     * Returns these areas without a range. An area that reaches into the range is cut; each remaining piece holds a
     * reference of its own.
     *
     * @param start byte address of the first page
     * @param last byte address in the last page, inclusive
     * @param ended receives the areas that are not in the result; the caller closes them
     */
    Areas without(long start, long last, List<Vma> ended) {
        List<Vma> left = new ArrayList<>();
        for (Vma vma : vmas) {
            if (overlaps(vma, start, last)) {
                addOutside(vma, start, last, left);
                ended.add(vma);
            } else {
                left.add(vma);
            }
        }
        return new Areas(left);
    }

    /** Returns these areas with other permissions in a range that they cover; otherwise as {@link #without}. */
    Areas with(long start, long last, int permissions, List<Vma> ended) {
        List<Vma> result = new ArrayList<>();
        for (Vma vma : vmas) {
            if (overlaps(vma, start, last)) {
                long from = max(start, vma.area().start());
                long to = min(last, vma.area().last());
                List<Vma> parts = new ArrayList<>();
                addOutside(vma, start, last, parts);
                parts.add(vma.part(from, to, permissions));
                parts.sort(Comparator.comparing(v -> v.area().start(), Long::compareUnsigned));
                result.addAll(parts);
                ended.add(vma);
            } else {
                result.add(vma);
            }
        }
        return new Areas(result);
    }

    private static void addOutside(Vma vma, long start, long last, List<Vma> to) {
        Area area = vma.area();
        if (Long.compareUnsigned(area.start(), start) < 0) {
            to.add(vma.part(area.start(), start - 1, area.permissions()));
        }
        if (Long.compareUnsigned(last, area.last()) < 0) {
            to.add(vma.part(last + 1, area.last(), area.permissions()));
        }
    }

    /** Whether every page of a range lies in an area. */
    boolean cover(long start, long last) {
        long from = start;
        for (int i = at(start); i < sorted.length && sorted[i].area().contains(from); i++) {
            if (Long.compareUnsigned(sorted[i].area().last(), last) >= 0) {
                return true;
            }
            from = sorted[i].area().last() + 1;
        }
        return false;
    }

    /**
     * Checks that the files mapped shared in a range can be written.
     *
     * @throws IllegalArgumentException if a file was opened for reading only; the message names the file
     */
    void checkWritable(long start, long last) {
        for (Vma vma : vmas) {
            if (overlaps(vma, start, last)
                    && vma.area().shared()
                    && vma.object() != null
                    && !vma.object().isWritable()) {
                throw new IllegalArgumentException(
                        "%s was opened for reading only and can't be mapped to write; map it again"
                                .formatted(vma.object()));
            }
        }
    }

    private static boolean overlaps(Vma vma, long start, long last) {
        return Long.compareUnsigned(vma.area().start(), last) <= 0
                && Long.compareUnsigned(start, vma.area().last()) <= 0;
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }

    private static long min(long a, long b) {
        return Long.compareUnsigned(a, b) <= 0 ? a : b;
    }

    /** Returns the area that holds {@code address}, or null. */
    Vma find(long address) {
        int at = at(address);
        return at < sorted.length && sorted[at].area().contains(address) ? sorted[at] : null;
    }

    /** Index of the first area that ends at {@code address} or above. */
    private int at(long address) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(sorted[middle].area().last(), address) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
