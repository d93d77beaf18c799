// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/**
 * A root entry, 16 bytes, one for each bus (VT-d 4.1 §9.1, scalable mode §9.2).
 *
 * <pre>
 *          63                                    12 11                 1   0
 *        +-----------------------------------------+--------------------+---+
 * word 0 |  context table (scalable: devfn 0..127) |        rsvd        | P |
 *        +-----------------------------------------+--------------------+---+
 * word 1 |  legacy: rsvd; scalable: the context table of devfn 128..255 | P |
 *        +--------------------------------------------------------------+---+
 * </pre>
 */
public final class RootEntry {
    /** Size in bytes. */
    public static final int SIZE = 16;

    /** Present, bit 0 of word 0, in scalable mode of both words. */
    public static final long PRESENT = 1L << 0;

    /** Reserved bits of a word with a context table. */
    public static final long RESERVED = 0xffeL;

    private RootEntry() {}

    /** Present. */
    public static boolean present(long word) {
        return (word & PRESENT) != 0;
    }

    /** Address of the context table. */
    public static long contextTable(long word) {
        return word & EntryAddress.TABLE;
    }

    /**
     * A present word.
     *
     * @param contextTable a multiple of 4096
     */
    public static long word(long contextTable) {
        return (contextTable & EntryAddress.TABLE) | PRESENT;
    }
}
