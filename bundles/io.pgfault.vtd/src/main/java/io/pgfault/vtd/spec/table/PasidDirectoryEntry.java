// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/**
 * An entry of the PASID directory, 8 bytes, one for each 64 PASIDs (VT-d 4.1 §9.5).
 *
 * <pre>
 *  63                                    12 11            2   1    0
 * +----------------------------------------+---------------+-----+---+
 * |               PASID table              |      rsvd     | FPD | P |
 * +----------------------------------------+---------------+-----+---+
 * </pre>
 */
public final class PasidDirectoryEntry {
    /** Size in bytes. */
    public static final int SIZE = 8;

    /** Present, bit 0. */
    public static final long PRESENT = 1L << 0;

    /** Fault processing disable, bit 1; also of an entry that is not present. */
    public static final long FPD = 1L << 1;

    /** Reserved bits. */
    public static final long RESERVED = 0xffcL;

    /** The PASIDs of one entry, as a shift: 64. */
    public static final int PASIDS_SHIFT = 6;

    private PasidDirectoryEntry() {}

    /** Present. */
    public static boolean present(long word) {
        return (word & PRESENT) != 0;
    }

    /** Address of the PASID table. */
    public static long table(long word) {
        return word & EntryAddress.TABLE;
    }

    /** A present entry. */
    public static long word(long table) {
        return (table & EntryAddress.TABLE) | PRESENT;
    }
}
