// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import io.pgfault.api.sva.Area;

/**
 * An area and what its pages are made of (kernel: {@code struct vm_area_struct}). It holds one reference to its object.
 *
 * @param recorded its pages are accounted and have no memory
 * @param object what it maps; null for private anonymous memory and recorded areas
 * @param first the index of the area's first page in the object
 */
record Vma(Area area, boolean recorded, MemoryObject object, long first) {
    static Vma recorded(Area area) {
        return new Vma(area, true, null, 0);
    }

    /** The index in the object of the page that holds {@code address}. */
    long index(long address) {
        return first + ((address - area.start()) >>> Translation.PAGE_SHIFT);
    }

    /** The part from {@code start} to {@code last}, with a reference of its own, with these permissions. */
    Vma part(long start, long last, int permissions) {
        if (object != null && !object.take()) {
            throw new IllegalStateException("an area maps memory that has ended: " + area);
        }
        long skipped = start - area.start();
        boolean file = object instanceof MappedFile || area.name().startsWith("/");
        long offset = area.offset() + (file ? skipped : 0);
        Area part = new Area(start, last, permissions, area.shared(), offset, area.name());
        return new Vma(part, recorded, object, first + (skipped >>> Translation.PAGE_SHIFT));
    }

    /** Gives the reference back. */
    void end() {
        if (object != null) {
            object.give();
        }
    }
}
