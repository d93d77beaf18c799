// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/** The address field that all entries have at bits 51:12 or 63:12 (VT-d 4.1 §9). */
public final class EntryAddress {
    /** Bits 63:12: addresses of tables in root, context and PASID entries. */
    public static final long TABLE = -1L << 12;

    /** Bits 51:12: addresses in paging entries, whose upper bits have other uses. */
    public static final long PAGING = 0x000f_ffff_ffff_f000L;

    private EntryAddress() {}

    /**
     * The bits of an address field that lie beyond the unit's width, and so are reserved.
     *
     * @param field {@link #TABLE} or {@link #PAGING}
     * @param width address width in bits, 12 to 52
     */
    public static long beyond(long field, int width) {
        return field & -1L << width;
    }
}
