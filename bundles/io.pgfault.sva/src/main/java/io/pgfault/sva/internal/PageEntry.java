// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;

/**
 * A page table entry, packed into a {@code long}: a {@link Translation} with the table's own bits in the room that a
 * translation leaves free.
 *
 * <pre>
 *  63                                        12 11          5   4   3    0
 * +--------------------------------------------+-------------+-----+------+
 * |             frame address 63:12            |    slot     | PRE | PXWR |
 * +--------------------------------------------+-------------+-----+------+
 * </pre>
 *
 * PRE (present) says that the page has a frame. It is a bit of its own because a page of an area that grants nothing can
 * be populated too: it has a frame, and translates to nothing. The slot is the page's place in its {@link Leaf}, which
 * alone reads and writes it.
 */
final class PageEntry {
    /** No frame. */
    static final long NONE = 0;

    private static final long PRESENT = 1L << 4;
    private static final int SLOT_SHIFT = 5;
    private static final long SLOT = (Leaf.PAGES - 1L) << SLOT_SHIFT;

    private PageEntry() {}

    /** An entry for {@code frame} that grants {@code permissions}. */
    static long of(long frame, int permissions) {
        return Translation.of(frame, permissions) | PRESENT;
    }

    static boolean isPresent(long entry) {
        return (entry & PRESENT) != 0;
    }

    /** Whether the page is present and its mapping grants all of {@code access}. */
    static boolean grants(long entry, int access) {
        return isPresent(entry) && (Translation.permissions(entry) & access) == access;
    }

    /** The address of the frame of a present entry. */
    static long frame(long entry) {
        return Translation.address(entry);
    }

    /** What units see of the entry. */
    static long translation(long entry) {
        int permissions = Translation.permissions(entry);
        return (permissions & ~Permissions.PRIV) == 0
                ? Translation.NONE
                : Translation.of(Translation.address(entry), permissions);
    }

    static int slot(long entry) {
        return (int) (entry & SLOT) >>> SLOT_SHIFT;
    }

    static long withSlot(long entry, int slot) {
        return (entry & ~SLOT) | ((long) slot << SLOT_SHIFT);
    }
}
