// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/**
 * An entry of the PASID table, 64 bytes (VT-d 4.1 §9.6).
 *
 * <pre>
 *          63                        12 11  10    9    8    6  5   4  2   1    0
 *        +-----------------------------+------+-------+------+---+-----+-----+---+
 * word 0 |   second-stage page table   | rsvd | SSADE | PGTT |   | AW  | FPD | P |
 *          63        32 31       27                 23 22    16 15             0
 *        +-------------+--------------------------------+-------+----------------+
 * word 1 |     PAT     | memory types, snoop: not used  |  rsvd |       DID      |
 *          63                        12 11   8   7    6    5   4  3   2   1    0
 *        +-----------------------------+-----+------+----+---+---+------+---+----+
 * word 2 |    first-stage page table   | rsvd| EAFE |SMEP|NXE|WPE| FSPM |ERE|SRE |
 *        +-----------------------------+-----+------+----+---+---+------+---+----+
 * word 3 to word 7: rsvd
 * PGTT which stages: 1 first, 2 second, 3 nested, 4 pass-through; SSADE accessed and dirty bits of the second stage;
 * FSPM 0: four levels, 1: five; SRE, ERE supervisor and execute requests allowed; EAFE extended accessed bit
 * </pre>
 */
public final class PasidEntry {
    /** Size in bytes. */
    public static final int SIZE = 64;

    /** Present, word 0 bit 0. */
    public static final long PRESENT = 1L << 0;

    /** Fault processing disable, word 0 bit 1; also of an entry that is not present. */
    public static final long FPD = 1L << 1;

    /** Second-stage accessed and dirty enable, word 0 bit 9. */
    public static final long SSADE = 1L << 9;

    /** PGTT: the first stage alone. */
    public static final int FIRST_STAGE = 1;

    /** PGTT: the second stage alone. */
    public static final int SECOND_STAGE = 2;

    /** PGTT: the first stage, whose addresses the second stage translates. */
    public static final int NESTED = 3;

    /** PGTT: addresses pass through. */
    public static final int PASS_THROUGH = 4;

    /** Supervisor requests enable, word 2 bit 0. */
    public static final long SRE = 1L << 0;

    /** Execute requests enable, word 2 bit 1. */
    public static final long ERE = 1L << 1;

    /** Write protect enable, word 2 bit 4: supervisor writes need the write permission too. */
    public static final long WPE = 1L << 4;

    /** No-execute enable, word 2 bit 5: execute-disable in first-stage entries is reserved without it. */
    public static final long NXE = 1L << 5;

    /** Supervisor mode execute prevention, word 2 bit 6. */
    public static final long SMEP = 1L << 6;

    /** Extended accessed flag enable, word 2 bit 7. */
    public static final long EAFE = 1L << 7;

    /** Reserved bits of word 0. */
    public static final long RESERVED_0 = 0xc00L;

    /** Reserved bits of word 1. */
    public static final long RESERVED_1 = 0x7f_0000L;

    /** Reserved bits of word 2; words 3 to 7 are reserved whole. */
    public static final long RESERVED_2 = 0xf00L;

    private static final int WIDTH_SHIFT = 2;
    private static final int TYPE_SHIFT = 6;
    private static final int MODE_SHIFT = 2;

    private PasidEntry() {}

    /** Present. */
    public static boolean present(long word0) {
        return (word0 & PRESENT) != 0;
    }

    /** PGTT, word 0 bits 8:6. */
    public static int type(long word0) {
        return (int) (word0 >>> TYPE_SHIFT) & 7;
    }

    /** Levels of the second-stage page table, from the address width, word 0 bits 4:2: 3, 4 or 5 are defined. */
    public static int secondStageLevels(long word0) {
        return ((int) (word0 >>> WIDTH_SHIFT) & 7) + 2;
    }

    /** Address of the second-stage page table. */
    public static long secondStage(long word0) {
        return word0 & EntryAddress.TABLE;
    }

    /** Domain id, word 1 bits 15:0. */
    public static int domain(long word1) {
        return (int) word1 & 0xffff;
    }

    /** Levels of the first-stage page table, from the paging mode, word 2 bits 3:2: 4 or 5 are defined. */
    public static int firstStageLevels(long word2) {
        return ((int) (word2 >>> MODE_SHIFT) & 3) + 4;
    }

    /** Address of the first-stage page table; in nested translation the second stage translates it. */
    public static long firstStage(long word2) {
        return word2 & EntryAddress.TABLE;
    }

    /**
     * Word 0 of a present entry.
     *
     * @param type PGTT, 3 bits
     * @param secondStage address of the second-stage page table, 0 without one
     * @param levels its levels, 3 to 5; anything without one
     * @param flags {@link #FPD}, {@link #SSADE}
     */
    public static long word0(int type, long secondStage, int levels, long flags) {
        return (secondStage & EntryAddress.TABLE)
                | (type & 7L) << TYPE_SHIFT
                | ((levels - 2) & 7L) << WIDTH_SHIFT
                | (flags & (FPD | SSADE))
                | PRESENT;
    }

    /** Word 1 of an entry. */
    public static long word1(int domain) {
        return domain & 0xffffL;
    }

    /**
     * Word 2 of an entry.
     *
     * @param firstStage address of the first-stage page table
     * @param levels its levels, 4 or 5
     * @param flags any of {@link #SRE}, {@link #ERE}, {@link #WPE}, {@link #NXE}, {@link #SMEP} and {@link #EAFE}
     */
    public static long word2(long firstStage, int levels, long flags) {
        return (firstStage & EntryAddress.TABLE)
                | ((levels - 4) & 3L) << MODE_SHIFT
                | (flags & (SRE | ERE | WPE | NXE | SMEP | EAFE));
    }
}
