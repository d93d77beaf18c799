// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.Translation;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.cache.MemoryObject;

/**
 * An area and the memory behind its pages (kernel: {@code struct vm_area_struct}). A {@code Vma} with an object holds
 * one reference to the object.
 *
 * @param area the range and what it grants
 * @param recorded whether the pages are only accounted and have no memory
 * @param object the file or shared memory that the area maps; null for private anonymous memory and recorded areas
 * @param first index in the object of the area's first page
 */
record Vma(Area area, boolean recorded, MemoryObject object, long first) {
    static Vma recorded(Area area) {
        return new Vma(area, true, null, 0);
    }

    /** The index in the object of the page that holds {@code address}. */
    long index(long address) {
        return first + ((address - area.start()) >>> Translation.PAGE_SHIFT);
    }

    /**
     * Returns the part from {@code start} to {@code last}, inclusive, with other permissions. The part holds a
     * reference of its own.
     */
    Vma part(long start, long last, int permissions) {
        if (object != null && !object.get()) {
            throw new IllegalStateException("an area maps memory that has ended: " + area);
        }
        long skipped = start - area.start();
        boolean file = (object != null && object.isFile()) || area.name().startsWith("/");
        long offset = area.offset() + (file ? skipped : 0);
        Area part = new Area(start, last, permissions, area.shared(), offset, area.name());
        return new Vma(part, recorded, object, first + (skipped >>> Translation.PAGE_SHIFT));
    }

    /** Drops the reference to the object. No page table entry of the area is left. */
    void close() {
        if (object != null) {
            object.put();
        }
    }
}
