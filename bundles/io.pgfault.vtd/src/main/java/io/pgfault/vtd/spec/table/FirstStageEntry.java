// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/**
 * A first-stage paging entry, 8 bytes: the format of x86-64 processors (VT-d 4.1 §9.7; SDM vol 3 §4.5).
 *
 * <pre>
 *   63   62     52 51                    12 11  10    9 8   7    6   5   4   3   2   1   0
 * +----+----------+------------------------+---+----+-----+----+---+---+-------+---+---+---+
 * | XD | ignored  |        address         |   | EA |     | PS | D | A | cache | US| RW| P |
 * +----+----------+------------------------+---+----+-----+----+---+---+-------+---+---+---+
 * PS at levels 2 and 3: the entry maps a page of 2 MiB or 1 GiB; D dirty, of entries that map a page
 * </pre>
 */
public final class FirstStageEntry {
    /** Present. */
    public static final long P = 1L << 0;

    /** Writes are allowed. */
    public static final long RW = 1L << 1;

    /** User-mode requests are allowed. */
    public static final long US = 1L << 2;

    /** Accessed. */
    public static final long A = 1L << 5;

    /** Dirty. */
    public static final long D = 1L << 6;

    /** Page size; reserved at levels 4 and 5. */
    public static final long PS = 1L << 7;

    /** Extended accessed. */
    public static final long EA = 1L << 10;

    /** Execute disable. */
    public static final long XD = 1L << 63;

    private static final int PAT_LARGE = 12;

    private FirstStageEntry() {}

    /**
     * The address bits of an entry that maps a large page that are reserved: those below the page's size, the PAT bit
     * 12 aside.
     *
     * @param shift 21 or 30
     */
    public static long reservedOfLargePage(int shift) {
        return ((1L << shift) - 1) & (-1L << (PAT_LARGE + 1));
    }
}
