// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;

/**
 * A page table entry, packed into a {@code long}: a {@link Translation} with the table's own bits where a translation
 * has zeros.
 *
 * <pre>
 *  63                                        12 11          5   4   3    0
 * +--------------------------------------------+-------------+-----+------+
 * |             frame address 63:12            |    slot     | PRE | PXWR |
 * +--------------------------------------------+-------------+-----+------+
 * </pre>
 *
 * PRE (present) says that the page has a frame. A page of an area that grants nothing can be populated too: the page
 * has a frame and translates to nothing, so PRE is a bit beside the permissions. The slot is the page's place in its
 * leaf; only the leaf reads and writes the slot.
 */
public final class PageEntry {
    /** The entry of a page that is not present. */
    public static final long NONE = 0;

    /** The permissions that an entry can grant. */
    static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    private static final long PRESENT = 1L << 4;
    private static final int SLOT_SHIFT = 5;
    /** Width of a slot in bits. */
    static final int SLOT_BITS = 7;

    /** How many slots there are. */
    static final int SLOTS = 1 << SLOT_BITS;

    private static final long SLOT = (SLOTS - 1L) << SLOT_SHIFT;

    private PageEntry() {}

    /**
     * Makes a present entry.
     *
     * @param frame address of the frame; bits 11:0 are ignored
     * @param permissions bits of {@link Permissions}
     */
    public static long of(long frame, int permissions) {
        return Translation.of(frame, permissions) | PRESENT;
    }

    /** Whether the page has a frame. */
    public static boolean isPresent(long entry) {
        return (entry & PRESENT) != 0;
    }

    /** Whether the page is present and its mapping grants all of {@code access}. */
    public static boolean grants(long entry, int access) {
        return isPresent(entry) && (Translation.permissions(entry) & access) == access;
    }

    /** The address of the frame of a present entry. */
    public static long frame(long entry) {
        return Translation.address(entry);
    }

    /** The translation that an IOMMU sees; {@link Translation#NONE} if the entry grants nothing. */
    public static long translation(long entry) {
        int permissions = Translation.permissions(entry);
        return (permissions & ~Permissions.PRIV) == 0
                ? Translation.NONE
                : Translation.of(Translation.address(entry), permissions);
    }

    /** The slot, 0 to 127. */
    static int slot(long entry) {
        return (int) (entry & SLOT) >>> SLOT_SHIFT;
    }

    /** The entry with another slot. */
    static long withSlot(long entry, int slot) {
        return (entry & ~SLOT) | ((long) slot << SLOT_SHIFT);
    }
}
