// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import io.pgfault.api.Pasid;

/**
 * A device-TLB invalidate descriptor (VT-d 4.1 §6.5.2.5), and the PASID-based one (§6.5.2.6): the unit sends an ATS
 * invalidation request to a device.
 *
 * <pre>
 *                 63   52  51   48 47  32  31   21 20  16  15  12 11  9 8    4 3    0
 *               +--------+-------+-------+-------+-------+-------+-----+------+------+
 * type 3 word 0 |  PFSID |  rsvd |  SID  |  rsvd |  MIP  | PFSID |  0  | rsvd |  3   |
 *                 63   52  51          32  31          16  15  12 11  9 8    4 3    0
 *               +--------+---------------+---------------+-------+-----+------+------+
 * type 8 word 0 |  PFSID |     PASID     |      SID      | PFSID |  0  |  MIP |  8   |
 *               +--------+---------------+---------------+-------+-----+------+------+
 * word 1: address 63:12; S size: bit 0 of type 3, bit 11 of type 8; G all PASIDs: bit 0 of type 8
 * </pre>
 *
 * SID requester id, MIP the most invalidations that the device takes at a time, PFSID the physical function. With S the
 * lowest clear bit of the address from bit 12 on gives the size: 2^(bit-11) pages.
 */
public final class DeviceTlbInvalidation {
    /** Value of the type field: translations of requests without PASID. */
    public static final int TYPE = 3;

    /** Value of the type field: translations of a PASID. */
    public static final int TYPE_PASID = 8;

    /** Size, word 1 bit 0 of type 3. */
    public static final long SIZE = 1L << 0;

    /** Size, word 1 bit 11 of type 8. */
    public static final long SIZE_PASID = 1L << 11;

    /** All PASIDs, word 1 bit 0 of type 8: the PASID is ignored. */
    public static final long GLOBAL = 1L << 0;

    /** Reserved bits of word 0, type 3. */
    public static final long RESERVED_0 = 0x000f_0000_ffe0_01f0L;

    /** Reserved bits of word 1, type 3; words 2 and 3 are reserved whole. */
    public static final long RESERVED_1 = 0xffeL;

    /** Reserved bits of word 1, type 8; words 2 and 3 are reserved whole. */
    public static final long RESERVED_1_PASID = 0x7feL;

    private static final int PAGE_SHIFT = 12;
    private static final long PAGES = -1L << PAGE_SHIFT;

    private DeviceTlbInvalidation() {}

    /** Requester id, word 0 bits 47:32 of type 3, bits 31:16 of type 8. */
    public static int requesterId(long word0) {
        return (int) (word0 >>> (InvalidationDescriptor.type(word0) == TYPE ? 32 : 16)) & 0xffff;
    }

    /** PASID of type 8, word 0 bits 51:32; {@link Pasid#NONE} of type 3. */
    public static int pasidOrNone(long word0) {
        return InvalidationDescriptor.type(word0) == TYPE ? Pasid.NONE : (int) (word0 >>> 32) & Pasid.MAX;
    }

    /**
     * Address of the first byte that the descriptor names.
     *
     * @param size whether S is set
     */
    public static long first(long word1, boolean size) {
        return word1 & PAGES & ~ignored(word1, size);
    }

    /**
     * Address of the last byte that the descriptor names.
     *
     * @param size whether S is set
     */
    public static long last(long word1, boolean size) {
        return (word1 & PAGES) | ignored(word1, size);
    }

    /** The address bits that select no page: with S, the bits up to the lowest clear bit, which is included. */
    private static long ignored(long word1, boolean size) {
        long page = word1 | ~PAGES;
        return size ? page ^ (page + 1) : ~PAGES;
    }

    /** Word 0 of a descriptor of type 3. */
    public static long word0(int requesterId) {
        return TYPE | (requesterId & 0xffffL) << 32;
    }

    /** Word 0 of a descriptor of type 8. */
    public static long pasidWord0(int requesterId, int pasid) {
        return TYPE_PASID | (requesterId & 0xffffL) << 16 | (pasid & (long) Pasid.MAX) << 32;
    }

    /**
     * The address field of word 1 for 2^mask pages, to be combined with S unless the mask is 0.
     *
     * @param address a multiple of 2^mask pages
     * @param mask 0 to 52
     */
    public static long pages(long address, int mask) {
        return (address & PAGES) | (mask == 0 ? 0 : ((1L << (mask + PAGE_SHIFT - 1)) - 1) & PAGES);
    }
}
