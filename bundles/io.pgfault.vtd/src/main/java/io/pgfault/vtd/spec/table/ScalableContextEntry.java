// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/**
 * A context entry of scalable mode, 32 bytes (VT-d 4.1 §9.4).
 *
 * <pre>
 *          63                     12 11   9 8     5   4     3     2    1    0
 *        +--------------------------+------+-------+-----+------+-----+-----+---+
 * word 0 |      PASID directory     | PDTS |  rsvd | PRE | PAS  | DTE | FPD | P |
 *          63                           21   20         19                    0
 *        +--------------------------------+----------+--------------------------+
 * word 1 |             rsvd               | RID PRIV |        RID PASID         |
 *        +--------------------------------+----------+--------------------------+
 * word 2, word 3: rsvd
 * PDTS size of the directory: 2^(PDTS+7) entries of 64 PASIDs each; PRE page requests, PAS requests with PASID, DTE
 * translation requests are allowed; RID PASID the PASID of requests without one
 * </pre>
 */
public final class ScalableContextEntry {
    /** Size in bytes. */
    public static final int SIZE = 32;

    /** Present, word 0 bit 0. */
    public static final long PRESENT = 1L << 0;

    /** Fault processing disable, word 0 bit 1; also of an entry that is not present. */
    public static final long FPD = 1L << 1;

    /** Device-TLB enable, word 0 bit 2. */
    public static final long DTE = 1L << 2;

    /** PASID enable, word 0 bit 3. */
    public static final long PASIDE = 1L << 3;

    /** Page request enable, word 0 bit 4. */
    public static final long PRE = 1L << 4;

    /** Reserved bits of word 0. */
    public static final long RESERVED_0 = 0x1e0L;

    /** Reserved bits of word 1; words 2 and 3 are reserved whole. */
    public static final long RESERVED_1 = -1L << 21;

    private static final int SIZE_SHIFT = 9;
    private static final long PASID = 0xf_ffffL;
    private static final int DIRECTORY_MIN_SHIFT = 13;

    private ScalableContextEntry() {}

    /** Present. */
    public static boolean present(long word0) {
        return (word0 & PRESENT) != 0;
    }

    /** Address of the PASID directory. */
    public static long directory(long word0) {
        return word0 & EntryAddress.TABLE;
    }

    /** How many PASIDs the directory covers, 2^13 to 2^20, from PDTS, word 0 bits 11:9. */
    public static int pasids(long word0) {
        return 1 << (((int) (word0 >>> SIZE_SHIFT) & 7) + DIRECTORY_MIN_SHIFT);
    }

    /** The PASID of requests without one, word 1 bits 19:0. */
    public static int ridPasid(long word1) {
        return (int) (word1 & PASID);
    }

    /**
     * Word 0 of a present entry; word 1 is the PASID of requests without one.
     *
     * @param size PDTS, 3 bits
     * @param flags any of {@link #FPD}, {@link #DTE}, {@link #PASIDE} and {@link #PRE}
     */
    public static long word0(long directory, int size, long flags) {
        return (directory & EntryAddress.TABLE)
                | (size & 7L) << SIZE_SHIFT
                | (flags & (FPD | DTE | PASIDE | PRE))
                | PRESENT;
    }
}
