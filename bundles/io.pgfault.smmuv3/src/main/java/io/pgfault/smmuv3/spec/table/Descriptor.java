// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec.table;

/**
 * A VMSAv8-64 translation table descriptor with the 4 KiB granule and 48-bit output addresses (DDI 0487 J.a D8.3).
 *
 * <pre>
 * table descriptor, levels 0 to 2
 *  63  62   61 60  59  58      51 50   48 47                  12 11     2 1 0
 * +---+-------+---+---+----------+-------+----------------------+--------+-+-+
 * | NS|APTable|UXN|PXN| ignored  |   0   |  next table 47:12    | ignored|1|1|
 * +---+-------+---+---+----------+-------+----------------------+--------+-+-+
 * stage 1 block (levels 1, 2: bits 1:0 are 01) or page (level 3: bits 1:0 are 11)
 *  63    55 54  53  52  51 50   48 47                  12 11 10 9 8 7   6 5 4  2 1 0
 * +--------+---+---+---+---+------+----------------------+--+--+---+-----+--+----+-+-+
 * |ignored |UXN|PXN| C |DBM|   0  |  output address      |nG|AF| SH| AP  |NS|Attr|p|1|
 * +--------+---+---+---+---+------+----------------------+--+--+---+-----+--+----+-+-+
 * stage 2 block or page
 *  63    55 54  53  52  51 50   48 47                  12 11 10 9 8 7   6 5     2 1 0
 * +--------+---+---+---+---+------+----------------------+--+--+---+-----+-------+-+-+
 * |ignored | XN| 0 | C |DBM|   0  |  output address      | 0|AF| SH| S2AP|MemAttr|p|1|
 * +--------+---+---+---+---+------+----------------------+--+--+---+-----+-------+-+-+
 * </pre>
 *
 * C is the contiguous hint.
 */
public final class Descriptor {
    /** The last level: its descriptors are pages of 4 KiB. */
    public static final int LAST_LEVEL = 3;

    /** Bit 0: the descriptor is valid. */
    public static final long VALID = 1L << 0;

    /** Bit 1: a table at levels 0 to 2, a page at level 3. */
    public static final long TABLE_OR_PAGE = 1L << 1;

    /** Stage 1, bit 6, AP[1]: unprivileged accesses are allowed. */
    public static final long AP_UNPRIVILEGED = 1L << 6;

    /** Stage 1, bit 7, AP[2]: writes are not allowed. */
    public static final long AP_READ_ONLY = 1L << 7;

    /** Stage 2, bit 6, S2AP[0]: reads are allowed. */
    public static final long S2AP_READ = 1L << 6;

    /** Stage 2, bit 7, S2AP[1]: writes are allowed. */
    public static final long S2AP_WRITE = 1L << 7;

    /** Bit 10: the access flag. */
    public static final long AF = 1L << 10;

    /** Stage 1, bit 11: the translation is not global, it belongs to an ASID. */
    public static final long NOT_GLOBAL = 1L << 11;

    /** Bit 51, the dirty bit modifier: with hardware update of dirty state the first write makes the page writable. */
    public static final long DBM = 1L << 51;

    /** Bit 52: one of a contiguous set. */
    public static final long CONTIGUOUS = 1L << 52;

    /** Stage 1, bit 53: privileged instruction fetches are not allowed. */
    public static final long PXN = 1L << 53;

    /** Stage 1, bit 54: unprivileged instruction fetches are not allowed. */
    public static final long UXN = 1L << 54;

    /** Stage 2, bit 54: instruction fetches are not allowed. */
    public static final long XN = 1L << 54;

    /** Stage 1 table, bit 59: as {@link #PXN}, for everything below. */
    public static final long PXN_TABLE = 1L << 59;

    /** Stage 1 table, bit 60: as {@link #UXN}, for everything below. */
    public static final long UXN_TABLE = 1L << 60;

    /** Stage 1 table, bit 61, APTable[0]: no unprivileged access to anything below. */
    public static final long AP_TABLE_PRIVILEGED = 1L << 61;

    /** Stage 1 table, bit 62, APTable[1]: no write to anything below. */
    public static final long AP_TABLE_READ_ONLY = 1L << 62;

    private static final int INDEX_BITS = 9;
    private static final int PAGE_SHIFT = 12;
    private static final int ADDRESS_BITS = 48;

    private Descriptor() {}

    /**
     * Log2 of the bytes that a descriptor of a level maps: 39, 30, 21, 12 for levels 0 to 3.
     *
     * @param level 0 to 3
     */
    public static int shift(int level) {
        return PAGE_SHIFT + INDEX_BITS * (LAST_LEVEL - level);
    }

    /** Whether the descriptor is valid. */
    public static boolean valid(long descriptor) {
        return (descriptor & VALID) != 0;
    }

    /** Whether a valid descriptor of that level points to a table. */
    public static boolean table(int level, long descriptor) {
        return level < LAST_LEVEL && (descriptor & TABLE_OR_PAGE) != 0;
    }

    /**
     * Whether a valid descriptor that points to no table is a block or a page. A block at level 0, and bits 1:0 of 01
     * at level 3, are reserved and behave as invalid.
     */
    public static boolean leaf(int level, long descriptor) {
        boolean bit = (descriptor & TABLE_OR_PAGE) != 0;
        return level == LAST_LEVEL ? bit : level > 0 && !bit;
    }

    /** The next table's address, bits 47:12. */
    public static long nextTable(long descriptor) {
        return descriptor & mask(PAGE_SHIFT);
    }

    /** The output address of a block or page of that level: bits 47 down to {@link #shift}. */
    public static long output(int level, long descriptor) {
        return descriptor & mask(shift(level));
    }

    private static long mask(int from) {
        return (1L << ADDRESS_BITS) - (1L << from);
    }

    /** Stage 2, bits 5:2, MemAttr: whether the memory is of a Device type (bits 5:4 are 00). */
    public static boolean device(long descriptor) {
        return (descriptor >>> 4 & 0b11) == 0;
    }

    /** A descriptor that points to a table, a multiple of 4096 below 2^48. */
    public static long tableAt(long address) {
        return (address & mask(PAGE_SHIFT)) | VALID | TABLE_OR_PAGE;
    }

    /**
     * A block or page of that level.
     *
     * @param attributes the other bits
     */
    public static long leafAt(int level, long address, long attributes) {
        return (address & mask(shift(level))) | attributes | VALID | (level == LAST_LEVEL ? TABLE_OR_PAGE : 0);
    }
}
