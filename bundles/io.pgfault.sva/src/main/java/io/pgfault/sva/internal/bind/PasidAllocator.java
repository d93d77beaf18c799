// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import io.pgfault.api.Pasid;
import java.util.BitSet;

/**
 * Allocates PASIDs, the lowest free PASID first (kernel: {@code iommu_alloc_global_pasid}). PASID 0 is never allocated,
 * because devices use PASID 0 for requests of their own; a caller can claim PASID 0. Any thread.
 */
final class PasidAllocator {
    private static final int FIRST = 1;

    /** One bit for each PASID that is allocated or claimed. Guarded by the monitor. */
    private final BitSet used = new BitSet();

    /** No PASID from {@link #FIRST} to {@code lowest - 1} is free. Guarded by the monitor. */
    private int lowest = FIRST;

    /**
     * Allocates a free PASID, 1 to {@link Pasid#MAX}.
     *
     * @throws IllegalStateException if no PASID is free
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

    /** Claims a given PASID, 0 to {@link Pasid#MAX}; returns false if the PASID is not free. */
    synchronized boolean claim(int pasid) {
        if (used.get(pasid)) {
            return false;
        }
        used.set(pasid);
        return true;
    }

    /** Frees a PASID. */
    synchronized void release(int pasid) {
        used.clear(pasid);
        if (pasid >= FIRST) {
            lowest = Math.min(lowest, pasid);
        }
    }
}
