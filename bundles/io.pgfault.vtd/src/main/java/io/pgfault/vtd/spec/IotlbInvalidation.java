// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import io.pgfault.api.Pasid;

/**
 * An IOTLB invalidate descriptor (VT-d 4.1 §6.5.2.3) and the PASID-based one (§6.5.2.4).
 *
 * <p>Word 0 has type 2 or 6 at 3:0, granularity 5:4, drain writes 6 and drain reads 7 (type 2 only), domain id 31:16,
 * and PASID 51:32 (type 6 only). Word 1 has the address mask 5:0, the invalidation hint 6, and the address 63:12.
 */
public final class IotlbInvalidation {
    /** Value of the type field: translations of the second stage, and of pass-through. */
    public static final int TYPE = 2;

    /** Value of the type field: translations of first-stage and nested translation. */
    public static final int TYPE_PASID = 6;

    /** Granularity of type 2: everything. */
    public static final int GLOBAL = 1;

    /** Granularity: everything of the domain id; of type 6 everything of the domain id and PASID. */
    public static final int ALL = 2;

    /** Granularity: the pages of the address and mask. */
    public static final int PAGES = 3;

    /** Reserved bits of word 0, type 2. */
    public static final long RESERVED_0 = 0xffff_ffff_0000_f100L;

    /** Reserved bits of word 0, type 6. */
    public static final long RESERVED_0_PASID = 0xfff0_0000_0000_f1c0L;

    /** Reserved bits of word 1; words 2 and 3 are reserved whole. */
    public static final long RESERVED_1 = 0xf80L;

    private IotlbInvalidation() {}

    /** Granularity, word 0 bits 5:4. */
    public static int granularity(long word0) {
        return (int) (word0 >>> 4) & 3;
    }

    /** Domain id, word 0 bits 31:16. */
    public static int domain(long word0) {
        return (int) (word0 >>> 16) & 0xffff;
    }

    /** PASID of type 6, word 0 bits 51:32. */
    public static int pasid(long word0) {
        return (int) (word0 >>> 32) & Pasid.MAX;
    }

    /** Address mask, word 1 bits 5:0: the descriptor names 2^mask pages. */
    public static int mask(long word1) {
        return (int) word1 & 0x3f;
    }

    /** Address, word 1 bits 63:12. */
    public static long address(long word1) {
        return word1 & -1L << 12;
    }

    /** Word 0 of a descriptor of type 2. */
    public static long word0(int granularity, int domain) {
        return TYPE | (granularity & 3L) << 4 | (domain & 0xffffL) << 16;
    }

    /** Word 0 of a descriptor of type 6. */
    public static long pasidWord0(int granularity, int domain, int pasid) {
        return TYPE_PASID | (granularity & 3L) << 4 | (domain & 0xffffL) << 16 | (pasid & (long) Pasid.MAX) << 32;
    }

    /**
     * Word 1 of a descriptor; words 2 and 3 are zero.
     *
     * @param address a multiple of 2^mask pages
     * @param mask 6 bits
     */
    public static long word1(long address, int mask) {
        return (address & -1L << 12) | (mask & 0x3f);
    }
}
