// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

/**
 * A context-cache invalidate descriptor (VT-d 4.1 §6.5.2.1): word 0 has type 1 at 3:0, granularity 5:4, domain id
 * 31:16, requester id 47:32, function mask 49:48. A field that the granularity doesn't use is ignored.
 */
public final class ContextCacheInvalidation {
    /** Value of the type field. */
    public static final int TYPE = 1;

    /** Granularity: everything. */
    public static final int GLOBAL = 1;

    /** Granularity: the entries of a domain id. */
    public static final int DOMAIN = 2;

    /** Granularity: the entry of a requester id. */
    public static final int DEVICE = 3;

    /** Reserved bits of word 0; words 1 to 3 are reserved whole. */
    public static final long RESERVED_0 = 0xfffc_0000_0000_f1c0L;

    private ContextCacheInvalidation() {}

    /** Granularity, word 0 bits 5:4; 0 is reserved. */
    public static int granularity(long word0) {
        return (int) (word0 >>> 4) & 3;
    }

    /** Domain id, word 0 bits 31:16. */
    public static int domain(long word0) {
        return (int) (word0 >>> 16) & 0xffff;
    }

    /** Requester id, word 0 bits 47:32. */
    public static int requesterId(long word0) {
        return (int) (word0 >>> 32) & 0xffff;
    }

    /** How many low bits of the function number are ignored, word 0 bits 49:48: 0, 1, 2 or all 3. */
    public static int functionMask(long word0) {
        return (int) (word0 >>> 48) & 3;
    }

    /** Word 0 of a descriptor; words 1 to 3 are zero. */
    public static long word0(int granularity, int domain, int requesterId) {
        return TYPE | (granularity & 3L) << 4 | (domain & 0xffffL) << 16 | (requesterId & 0xffffL) << 32;
    }
}
