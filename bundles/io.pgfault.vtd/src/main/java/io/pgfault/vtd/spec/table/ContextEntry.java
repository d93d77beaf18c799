// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/**
 * A context entry of legacy mode, 16 bytes, one for each device and function of a bus (VT-d 4.1 §9.3).
 *
 * <pre>
 *          63                        12 11          4 3   2   1    0
 *        +-----------------------------+-------------+-----+-----+---+
 * word 0 |   second-stage page table   |     rsvd    |  TT | FPD | P |
 *          63         24 23       8   7    6      3       2        0
 *        +--------------+----------+------+-----------+--------------+
 * word 1 |     rsvd     |   DID    | rsvd | available |      AW      |
 *        +--------------+----------+------+-----------+--------------+
 * TT translation type, FPD fault processing disable, DID domain id, AW address width: 2 + AW levels
 * </pre>
 */
public final class ContextEntry {
    /** Size in bytes. */
    public static final int SIZE = 16;

    /** Present, word 0 bit 0. */
    public static final long PRESENT = 1L << 0;

    /** Fault processing disable, word 0 bit 1; also of an entry that is not present. */
    public static final long FPD = 1L << 1;

    /** Translation type: untranslated requests are translated, every other one is blocked. */
    public static final int TYPE_UNTRANSLATED = 0;

    /** Translation type: untranslated, translation and translated requests. */
    public static final int TYPE_DEVICE_TLB = 1;

    /** Translation type: untranslated requests pass through. */
    public static final int TYPE_PASS_THROUGH = 2;

    /** Reserved bits of word 0. */
    public static final long RESERVED_0 = 0xff0L;

    /** Reserved bits of word 1. */
    public static final long RESERVED_1 = 0xffff_ffff_ff00_0080L;

    private static final int TYPE_SHIFT = 2;
    private static final int DOMAIN_SHIFT = 8;

    private ContextEntry() {}

    /** Present. */
    public static boolean present(long word0) {
        return (word0 & PRESENT) != 0;
    }

    /** Translation type, word 0 bits 3:2; 3 is reserved. */
    public static int type(long word0) {
        return (int) (word0 >>> TYPE_SHIFT) & 3;
    }

    /** Address of the second-stage page table, word 0 bits 63:12. */
    public static long pageTable(long word0) {
        return word0 & EntryAddress.TABLE;
    }

    /** Levels of the second-stage page table, from the address width, word 1 bits 2:0: 3, 4 or 5 are defined. */
    public static int levels(long word1) {
        return (int) (word1 & 7) + 2;
    }

    /** Domain id, word 1 bits 23:8. */
    public static int domain(long word1) {
        return (int) (word1 >>> DOMAIN_SHIFT) & 0xffff;
    }

    /** Word 0 of a present entry. */
    public static long word0(long pageTable, int type) {
        return (pageTable & EntryAddress.TABLE) | (type & 3L) << TYPE_SHIFT | PRESENT;
    }

    /**
     * Word 1 of an entry.
     *
     * @param levels 3, 4 or 5
     * @param domain 16 bits
     */
    public static long word1(int levels, int domain) {
        return ((levels - 2) & 7L) | (domain & 0xffffL) << DOMAIN_SHIFT;
    }
}
