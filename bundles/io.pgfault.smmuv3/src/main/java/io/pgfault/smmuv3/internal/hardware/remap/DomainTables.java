// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.remap;

import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What each ASID and each VMID of a unit stands for. Software registers an id before it writes an entry with that id,
 * and removes the id when no entry and no cache has it. An id that isn't registered stands for tables in the unit's own
 * memory. The ASIDs of a registered VMID are the client's, and none of them is looked up here. Any thread.
 */
public final class DomainTables {
    private final Ids<StageTables.OfAsid> asids = new Ids<>();
    private final Ids<StageTables.Nested> vmids = new Ids<>();

    /** Says what an ASID stands for from now on; null for nothing. */
    public void putAsid(int asid, StageTables.OfAsid what) {
        asids.put(asid, what);
    }

    /** Says what a VMID stands for from now on; null for nothing. */
    public void putVmid(int vmid, StageTables.Nested what) {
        vmids.put(vmid, what);
    }

    /** What an ASID stands for, null for tables in the unit's own memory. */
    StageTables.OfAsid ofAsid(int asid) {
        return asids.get(asid);
    }

    /** What a VMID stands for, null for tables in the unit's own memory. */
    StageTables.Nested ofVmid(int vmid) {
        return vmids.get(vmid);
    }

    /** Values by ids of 16 bits: by the upper byte, then by the lower byte. Registering threads write, others read. */
    private static final class Ids<T> {
        private static final int LOW_BITS = 8;
        private static final int SIDE = 1 << LOW_BITS;

        private final AtomicReferenceArray<AtomicReferenceArray<T>> upper = new AtomicReferenceArray<>(SIDE);

        void put(int id, T what) {
            AtomicReferenceArray<T> lower = upper.get(id >>> LOW_BITS);
            if (lower == null) {
                upper.compareAndSet(id >>> LOW_BITS, null, new AtomicReferenceArray<>(SIDE));
                lower = upper.get(id >>> LOW_BITS);
            }
            lower.set(id & (SIDE - 1), what);
        }

        T get(int id) {
            AtomicReferenceArray<T> lower = upper.get(id >>> LOW_BITS);
            return lower == null ? null : lower.get(id & (SIDE - 1));
        }
    }
}
