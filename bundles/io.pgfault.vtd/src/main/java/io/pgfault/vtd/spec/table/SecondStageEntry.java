// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/**
 * A second-stage paging entry, 8 bytes (VT-d 4.1 §9.8).
 *
 * <pre>
 *   63   62  61   52 51                    12  11   10    9   8   7    6    3    2   1   0
 * +----+----+-------+------------------------+-----+----+---+---+----+---------+---+---+---+
 * |    | TM |ignored|        address         | SNP |    | D | A | PS | memory  | X | W | R |
 * +----+----+-------+------------------------+-----+----+---+---+----+---------+---+---+---+
 * An entry with R and W clear is not present. PS at levels 2 and 3: the entry maps a page of 2 MiB or 1 GiB.
 * A, D accessed and dirty, if enabled; SNP snoop, TM transient mapping: reserved unless the unit has them
 * </pre>
 */
public final class SecondStageEntry {
    /** Reads are allowed. */
    public static final long R = 1L << 0;

    /** Writes are allowed. */
    public static final long W = 1L << 1;

    /** Execute requests are allowed; this model ignores the bit, as hardware without execute requests does. */
    public static final long X = 1L << 2;

    /** Page size; reserved at levels 4 and 5, and for sizes that the unit lacks. */
    public static final long PS = 1L << 7;

    /** Accessed. */
    public static final long A = 1L << 8;

    /** Dirty. */
    public static final long D = 1L << 9;

    /** Snoop behaviour, of entries that map a page. */
    public static final long SNP = 1L << 11;

    /** Transient mapping, of entries that map a page. */
    public static final long TM = 1L << 62;

    private SecondStageEntry() {}

    /**
     * The address bits of an entry that maps a large page that are reserved: those below the page's size.
     *
     * @param shift 21 or 30
     */
    public static long reservedOfLargePage(int shift) {
        return ((1L << shift) - 1) & EntryAddress.PAGING;
    }
}
