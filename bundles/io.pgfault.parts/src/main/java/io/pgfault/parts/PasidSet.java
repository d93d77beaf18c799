// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntConsumer;

/**
 * A set of PASIDs that only grows: one bit for each of the 2^20 PASIDs, 128 KiB from the first {@link #add} on. However
 * many PASIDs a device uses, the set takes no more (rule C15).
 *
 * <p>Any thread may call any method. All accesses are volatile: a thread that adds a PASID and then reads another
 * volatile field is ordered with a thread that writes that field and then reads the set.
 */
public final class PasidSet {
    private static final int PASIDS = 1 << 20;

    /** The bits. The first thread that adds makes the array under the monitor; any thread sets and reads bits. */
    private volatile AtomicLongArray bits;

    /**
     * Adds a PASID.
     *
     * @param pasid 0 to 2^20 - 1
     */
    public void add(int pasid) {
        AtomicLongArray array = bits;
        if (array == null) {
            array = allocate();
        }
        int index = pasid >>> 6;
        long bit = 1L << pasid;
        long before = array.get(index);
        while ((before & bit) == 0 && !array.compareAndSet(index, before, before | bit)) {
            before = array.get(index);
        }
    }

    private synchronized AtomicLongArray allocate() {
        if (bits == null) {
            bits = new AtomicLongArray(PASIDS / Long.SIZE);
        }
        return bits;
    }

    /** Whether the PASID has been added; false for a number that is no PASID. */
    public boolean contains(int pasid) {
        AtomicLongArray array = bits;
        return array != null && pasid >= 0 && pasid < PASIDS && (array.get(pasid >>> 6) & (1L << pasid)) != 0;
    }

    /** Calls {@code action} for each PASID that was added before the call, in ascending order. */
    public void forEach(IntConsumer action) {
        AtomicLongArray array = bits;
        for (int index = 0; array != null && index < array.length(); index++) {
            for (long left = array.get(index); left != 0; left &= left - 1) {
                action.accept(index * Long.SIZE + Long.numberOfTrailingZeros(left));
            }
        }
    }
}
