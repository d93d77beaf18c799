// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.api.Pasid;
import java.util.Arrays;

/** The pairs (device id, PASID) that have been seen: open addressing over one array of {@code long}. One thread. */
public final class PairSet {
    private static final long FREE = -1;
    private static final int PASID_BITS = Integer.SIZE - Integer.numberOfLeadingZeros(Pasid.MAX) + 1;

    private long[] table = new long[256];
    private int size;

    /** An empty set. */
    public PairSet() {
        Arrays.fill(table, FREE);
    }

    /**
     * Adds a pair.
     *
     * @param id a device id, any of 32 bits
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @return whether it is new
     */
    public boolean add(int id, int pasid) {
        long key = Integer.toUnsignedLong(id) << PASID_BITS | pasid + 1;
        int slot = slot(table, key);
        if (table[slot] == key) {
            return false;
        }
        table[slot] = key;
        size++;
        if (2 * size > table.length) {
            grow();
        }
        return true;
    }

    private void grow() {
        long[] larger = new long[2 * table.length];
        Arrays.fill(larger, FREE);
        for (long key : table) {
            if (key != FREE) {
                larger[slot(larger, key)] = key;
            }
        }
        table = larger;
    }

    /** The slot that has the key, or where it goes. */
    private static int slot(long[] table, long key) {
        long mixed = key * 0x9e37_79b9_7f4a_7c15L;
        int slot = (int) (mixed >>> 32) & table.length - 1;
        while (table[slot] != key && table[slot] != FREE) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }
}
