// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

/** Which 64-bit addresses are virtual addresses: those whose upper bits all equal the top bit of the width in use. */
public final class CanonicalAddress {
    /** Address width of a unit that walks four levels, in bits. */
    public static final int FOUR_LEVEL = 48;

    /** Address width of a unit that walks five levels, in bits. */
    public static final int FIVE_LEVEL = 57;

    private CanonicalAddress() {}

    /**
     * Whether bits 63 to {@code width - 1} of the address are all equal.
     *
     * @param width {@link #FOUR_LEVEL} or {@link #FIVE_LEVEL}; any from 1 to 64 works
     */
    public static boolean isCanonical(long address, int width) {
        int unused = Long.SIZE - width;
        return ((address << unused) >> unused) == address;
    }
}
