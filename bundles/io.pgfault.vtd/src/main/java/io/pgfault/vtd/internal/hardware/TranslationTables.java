// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.vtd.internal.SparseTable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one requester id's accesses are translated with (VT-d specification, chapter 3: the PASID table behind a context
 * entry, and the page table for requests without PASID). A nested domain owns the device's PASID table: its page table
 * serves every PASID that has none of its own.
 *
 * <p>Written by one thread at a time, read by any.
 */
public final class TranslationTables {
    private final SparseTable<PageTable> byPasid = SparseTable.ofPasids();
    private final Set<Integer> throughNested = ConcurrentHashMap.newKeySet();
    private volatile PageTable withoutPasid;
    private volatile Nested nested;

    /** An ATS translation request: what the page table grants, {@link Translation#NONE} if nothing. */
    long translate(int pasid, long address) {
        PageTable own = pasid == Pasid.NONE ? withoutPasid : byPasid.get(pasid);
        if (own != null) {
            return own.walk(address);
        }
        Nested owner = nested;
        if (owner == null || pasid == Pasid.NONE) {
            return Translation.NONE;
        }
        // Noted before it can be cached, so that whoever takes the nested table away knows what to invalidate.
        throughNested.add(pasid);
        return owner.table.walk(address);
    }

    /**
     * From now on accesses with {@code pasid} are translated with {@code table}.
     *
     * @return whether the device may have cached translations that no longer hold
     */
    public boolean attach(int pasid, PageTable table, boolean ownsPasidTable) {
        boolean stale = pasid != Pasid.NONE && nested != null;
        if (nested != null && nested.pasid == pasid && !ownsPasidTable) {
            nested = null;
        }
        if (ownsPasidTable) {
            stale |= nested != null;
            nested = new Nested(pasid, table);
        }
        return put(pasid, table) != null || stale;
    }

    /** From now on accesses with {@code pasid} have a page table only if another, nested one serves them. */
    public void detach(int pasid) {
        if (nested != null && nested.pasid == pasid) {
            nested = null;
        }
        put(pasid, null);
    }

    /** Whether the page table attached to {@code pasid} also serves PASIDs that have none of their own. */
    public boolean servesOthers(int pasid) {
        return nested != null && nested.pasid == pasid;
    }

    /** The PASIDs that may have been translated through a nested domain's table. */
    public Set<Integer> translatedThroughNested() {
        return Set.copyOf(throughNested);
    }

    private PageTable put(int pasid, PageTable table) {
        if (pasid != Pasid.NONE) {
            return byPasid.set(pasid, table);
        }
        PageTable before = withoutPasid;
        withoutPasid = table;
        return before;
    }

    private record Nested(int pasid, PageTable table) {}
}
