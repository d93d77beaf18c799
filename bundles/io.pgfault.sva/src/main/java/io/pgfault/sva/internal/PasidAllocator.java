// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Pasid;
import java.util.BitSet;

/**
 * Gives out PASIDs, the lowest free one first (kernel: {@code iommu_alloc_global_pasid}). PASID 0 is never given out,
 * because devices use it for requests of their own; it can be claimed. Any thread.
 */
final class PasidAllocator {
    private static final int FIRST = 1;

    private final BitSet used = new BitSet();

    /** No PASID from {@link #FIRST} to below this one is free. */
    private int lowest = FIRST;

    /**
     * A PASID that nobody has, from 1 to {@link Pasid#MAX}.
     *
     * @throws IllegalStateException if none is left
     */
    synchronized int allocate() {
        int pasid = used.nextClearBit(lowest);
        if (pasid > Pasid.MAX) {
            throw new IllegalStateException("no PASID is left: all of %d to %d belong to address spaces with bindings;"
                            .formatted(FIRST, Pasid.MAX)
                    + " close the bindings of an address space to get one back");
        }
        used.set(pasid);
        lowest = pasid + 1;
        return pasid;
    }

    /** Takes a given PASID, 0 to {@link Pasid#MAX}; returns false if somebody has it. */
    synchronized boolean claim(int pasid) {
        if (used.get(pasid)) {
            return false;
        }
        used.set(pasid);
        return true;
    }

    /** Gives a PASID back. */
    synchronized void release(int pasid) {
        used.clear(pasid);
        if (pasid >= FIRST) {
            lowest = Math.min(lowest, pasid);
        }
    }
}
