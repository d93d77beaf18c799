// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.remap;

import io.pgfault.vtd.internal.hardware.walk.StageTables;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What each domain id of a unit stands for. Software registers a domain id before it writes an entry with that id, and
 * removes the id when no entry and no cache has it. An id that isn't registered stands for tables in the unit's own
 * memory. Any thread.
 */
public final class DomainTables {
    private static final int LOW_BITS = 8;
    private static final int SIDE = 1 << LOW_BITS;

    /**
     * What ids stand for, by the upper byte of an id, then by its lower byte. Registering threads write; translating
     * threads read.
     */
    private final AtomicReferenceArray<AtomicReferenceArray<StageTables>> tables = new AtomicReferenceArray<>(SIDE);

    /** Says what a domain id stands for from now on; null for nothing. */
    public void put(int domain, StageTables what) {
        AtomicReferenceArray<StageTables> lower = tables.get(domain >>> LOW_BITS);
        if (lower == null) {
            tables.compareAndSet(domain >>> LOW_BITS, null, new AtomicReferenceArray<>(SIDE));
            lower = tables.get(domain >>> LOW_BITS);
        }
        lower.set(domain & (SIDE - 1), what);
    }

    /** What a domain id stands for, null for tables in the unit's own memory. */
    StageTables get(int domain) {
        AtomicReferenceArray<StageTables> lower = tables.get(domain >>> LOW_BITS);
        return lower == null ? null : lower.get(domain & (SIDE - 1));
    }
}
