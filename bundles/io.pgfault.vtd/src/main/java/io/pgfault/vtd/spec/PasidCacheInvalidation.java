// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import io.pgfault.api.Pasid;

/**
 * A PASID-cache invalidate descriptor (VT-d 4.1 §6.5.2.2): word 0 has type 7 at 3:0, granularity 5:4, domain id 31:16,
 * PASID 51:32.
 */
public final class PasidCacheInvalidation {
    /** Value of the type field. */
    public static final int TYPE = 7;

    /** Granularity: the entries of a domain id. */
    public static final int DOMAIN = 0;

    /** Granularity: the entries of a PASID and domain id. */
    public static final int PASID = 1;

    /** Granularity: everything. */
    public static final int GLOBAL = 3;

    /** Reserved bits of word 0; words 1 to 3 are reserved whole. */
    public static final long RESERVED_0 = 0xfff0_0000_0000_f1c0L;

    private PasidCacheInvalidation() {}

    /** Granularity, word 0 bits 5:4; 2 is reserved. */
    public static int granularity(long word0) {
        return (int) (word0 >>> 4) & 3;
    }

    /** Domain id, word 0 bits 31:16. */
    public static int domain(long word0) {
        return (int) (word0 >>> 16) & 0xffff;
    }

    /** PASID, word 0 bits 51:32. */
    public static int pasid(long word0) {
        return (int) (word0 >>> 32) & Pasid.MAX;
    }

    /** Word 0 of a descriptor; words 1 to 3 are zero. */
    public static long word0(int granularity, int domain, int pasid) {
        return TYPE | (granularity & 3L) << 4 | (domain & 0xffffL) << 16 | (pasid & (long) Pasid.MAX) << 32;
    }
}
