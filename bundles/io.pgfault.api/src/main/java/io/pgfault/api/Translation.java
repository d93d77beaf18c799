// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

/**
 * The result of a page table walk or of an ATS translation request, packed into a {@code long}, so that a lookup
 * allocates nothing.
 *
 * <pre>
 *  63                                        12 11        4   3    2    1    0
 * +--------------------------------------------+-----------+----+----+----+----+
 * |        translated page address 63:12       |     0     |  P |  X |  W |  R |
 * +--------------------------------------------+-----------+----+----+----+----+
 * </pre>
 *
 * Bits 3:0 are the bits of {@link Permissions} that the mapping grants. All four clear means that nothing is mapped.
 */
public final class Translation {
    /** Nothing is mapped. */
    public static final long NONE = 0;

    /** Size of a page in bytes. */
    public static final int PAGE_SIZE = 4096;

    /** Width of the offset within a page, in bits. */
    public static final int PAGE_SHIFT = 12;

    private static final long PERMISSIONS = 0xf;

    private Translation() {}

    /** Packs a translation to {@code address} (bits 11:0 are ignored) that grants {@code permissions}. */
    public static long of(long address, int permissions) {
        return (address & -PAGE_SIZE) | (permissions & PERMISSIONS);
    }

    /** The translated address of the page's first byte. */
    public static long address(long translation) {
        return translation & -PAGE_SIZE;
    }

    /** The permissions that the mapping grants. */
    public static int permissions(long translation) {
        return (int) (translation & PERMISSIONS);
    }

    /** Whether the mapping is there and grants all of {@code permissions} ({@link Permissions#PRIV} aside). */
    public static boolean grants(long translation, int permissions) {
        int access = permissions & ~Permissions.PRIV;
        return permissions(translation) != 0 && (permissions(translation) & access) == access;
    }
}
