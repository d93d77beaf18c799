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
 * entry, and the page table for requests without PASID). A page table that owns the PASID table serves requests without
 * PASID and those of every PASID that has no page table of its own (nested domains, rule C06).
 *
 * <p>Written by one thread at a time, read by any.
 */
public final class TranslationTables {
    private final SparseTable<PageTable> byPasid = SparseTable.ofPasids();
    private final Set<Integer> throughOwner = ConcurrentHashMap.newKeySet();
    private volatile PageTable withoutPasid;
    private volatile PageTable owner;

    /** An ATS translation request: what the page table grants, {@link Translation#NONE} if nothing. */
    long translate(int pasid, long address) {
        PageTable own = pasid == Pasid.NONE ? withoutPasid : byPasid.get(pasid);
        if (own != null) {
            return own.walk(address);
        }
        PageTable table = owner;
        if (table == null || !Pasid.isValid(pasid)) {
            return Translation.NONE;
        }
        // Noted before it can be cached, so that whoever takes the owner away knows what to invalidate.
        throughOwner.add(pasid);
        return table.walk(address);
    }

    /**
     * From now on accesses with {@code pasid} are translated with {@code table}.
     *
     * @param pasid a PASID, or {@link Pasid#NONE}
     * @param ownsPasidTable with {@link Pasid#NONE}: whether it serves PASIDs that have no page table of their own
     */
    public void attach(int pasid, PageTable table, boolean ownsPasidTable) {
        if (pasid == Pasid.NONE) {
            owner = ownsPasidTable ? table : null;
            withoutPasid = table;
        } else {
            byPasid.set(pasid, table);
        }
    }

    /** From now on {@code pasid} has no page table of its own. */
    public void detach(int pasid) {
        if (pasid == Pasid.NONE) {
            owner = null;
            withoutPasid = null;
        } else {
            byPasid.set(pasid, null);
        }
    }

    /** The PASIDs that have been translated with a page table that owns the PASID table, now or earlier. */
    public Set<Integer> translatedThroughOwner() {
        return Set.copyOf(throughOwner);
    }
}
