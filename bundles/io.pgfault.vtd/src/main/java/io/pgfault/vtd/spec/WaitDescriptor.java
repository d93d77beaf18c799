// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

/**
 * An invalidation wait descriptor, 32 bytes: tells software how far the invalidation queue has come (VT-d 4.1
 * §6.5.2.8; page-request drain: §7.10).
 *
 * <pre>
 *          63        32   31  12   11   9    8     7    6    5     4     3    0
 *        +--------------+--------+--------+------+----+----+----+------+--------+
 * word 0 | status data  |  rsvd  | type=0 | rsvd | PD | FN | SW | rsvd | type=5 |
 *          63                                                          2   1  0
 *        +---------------------------------------------------------------+------+
 * word 1 |                      status address 63:2                      | rsvd |
 *          63                                                                 0
 *        +----------------------------------------------------------------------+
 * word 2 |                                 rsvd                                 |
 *          63                                                                 0
 *        +----------------------------------------------------------------------+
 * word 3 |                                 rsvd                                 |
 *        +----------------------------------------------------------------------+
 * SW status write, FN fence, PD page-request drain, rsvd reserved (completion interrupts are not modelled)
 * </pre>
 */
public final class WaitDescriptor {
    /** Size in bytes. */
    public static final int SIZE = 32;

    /** Value of the type field. */
    public static final int TYPE = 5;

    /** Status write, word 0 bit 5: on completion the status data is written to the status address. */
    public static final long STATUS_WRITE = 1L << 5;

    /** Fence, word 0 bit 6: later descriptors wait for this one. */
    public static final long FENCE = 1L << 6;

    /** Page-request drain, word 0 bit 7: completes when all requests received before are in the page request queue. */
    public static final long PAGE_REQUEST_DRAIN = 1L << 7;

    /** Reserved bits of word 0. */
    public static final long RESERVED_0 = 0x0000_0000_ffff_f110L;

    /** Reserved bits of word 1. */
    public static final long RESERVED_1 = 0x3L;

    private static final int STATUS_DATA_SHIFT = 32;

    private WaitDescriptor() {}

    /** Status write, word 0 bit 5. */
    public static boolean statusWrite(long word0) {
        return (word0 & STATUS_WRITE) != 0;
    }

    /** Fence, word 0 bit 6. */
    public static boolean fence(long word0) {
        return (word0 & FENCE) != 0;
    }

    /** Page-request drain, word 0 bit 7. */
    public static boolean pageRequestDrain(long word0) {
        return (word0 & PAGE_REQUEST_DRAIN) != 0;
    }

    /** Status data, word 0 bits 63:32. */
    public static int statusData(long word0) {
        return (int) (word0 >>> STATUS_DATA_SHIFT);
    }

    /** Status address, word 1 bits 63:2. */
    public static long statusAddress(long word1) {
        return word1 & ~RESERVED_1;
    }

    /**
     * Word 0 of a descriptor; word 1 is the status address, a multiple of 4.
     *
     * @param flags any of {@link #STATUS_WRITE}, {@link #FENCE} and {@link #PAGE_REQUEST_DRAIN}
     * @param statusData 32 bits
     */
    public static long word0(long flags, int statusData) {
        return TYPE | (flags & (STATUS_WRITE | FENCE | PAGE_REQUEST_DRAIN)) | ((long) statusData << STATUS_DATA_SHIFT);
    }
}
