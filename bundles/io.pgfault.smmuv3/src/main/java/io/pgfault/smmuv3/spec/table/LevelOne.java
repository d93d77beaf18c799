// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec.table;

/**
 * The 8-byte descriptors of first-level tables: L1STD of a two-level stream table (IHI 0070 F.b §5.1) and L1CD of a
 * two-level table of context descriptors (§5.3).
 *
 * <pre>
 * L1STD                                            L1CD
 *  63  56 55               6 5   5 4      0         63  56 55            12 11    1 0
 * +------+------------------+-----+--------+       +------+----------------+--------+-+
 * |   0  |    L2Ptr 55:6    |  0  |  Span  |       |   0  |  L2Ptr 55:12   |    0   |V|
 * +------+------------------+-----+--------+       +------+----------------+--------+-+
 * </pre>
 */
public final class LevelOne {
    /** Size in bytes of either. */
    public static final int BYTES = 8;

    /** The largest {@link #span}. */
    public static final int SPAN_MAX = 11;

    private static final long STREAM_POINTER = 0x00ff_ffff_ffff_ffc0L;
    private static final long CONTEXT_POINTER = 0x00ff_ffff_ffff_f000L;

    private LevelOne() {}

    /** L1STD.Span, bits 4:0: 0 means none, else the second-level table has 2^(Span-1) entries; above 11 reserved. */
    public static int span(long descriptor) {
        return (int) descriptor & 0x1f;
    }

    /** L1STD.L2Ptr, bits 55:6: a byte address, not aligned to the table's size yet. */
    public static long streamTable(long descriptor) {
        return descriptor & STREAM_POINTER;
    }

    /** An L1STD. */
    public static long streams(long address, int span) {
        return (address & STREAM_POINTER) | (span & 0x1fL);
    }

    /** L1CD.V, bit 0. */
    public static boolean valid(long descriptor) {
        return (descriptor & 1) != 0;
    }

    /** L1CD.L2Ptr, bits 55:12: a byte address. */
    public static long contextTable(long descriptor) {
        return descriptor & CONTEXT_POINTER;
    }

    /** A valid L1CD. */
    public static long contexts(long address) {
        return (address & CONTEXT_POINTER) | 1;
    }
}
