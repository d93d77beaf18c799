// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.parts.PasidSet;
import java.util.function.IntConsumer;

/**
 * What the accesses of one requester id are translated with: the PASID table behind a context entry, and the page table
 * for requests without PASID (VT-d 4.1 §3.4). A page table that owns the PASID table serves requests without PASID, and
 * requests of each PASID that has no page table of its own (nested domains, rule C06).
 *
 * <p>One thread at a time attaches and detaches; any thread translates.
 *
 * <p><b>Invariant:</b> when a detach or attach has returned and its invalidation too, no device uses a translation of
 * the table before (rule S06). A translating thread adds its PASID to {@code throughOwner} before it reads
 * {@code owner}; a detaching thread clears {@code owner} before it reads {@code throughOwner} (Dekker). So either the
 * translating thread finds no owner, or the detaching thread invalidates the PASID.
 */
public final class TranslationTables {
    private final SparseTable<PageTable> byPasid = SparseTable.ofPasids();
    /** PASIDs that an owner of the PASID table has translated, now or earlier. Translating threads add. */
    private final PasidSet throughOwner = new PasidSet();
    /** Written by the attaching thread, read by translating threads. */
    private volatile PageTable withoutPasid;
    /** The page table that owns the PASID table. Written by the attaching thread, read by translating threads. */
    private volatile PageTable owner;

    /** An ATS translation request: what the page table grants, {@link Translation#NONE} if nothing. */
    long translate(int pasid, long address) {
        if (pasid == Pasid.NONE) {
            PageTable table = withoutPasid;
            return table == null ? Translation.NONE : table.walk(address);
        }
        if (!Pasid.isValid(pasid)) {
            return Translation.NONE;
        }
        PageTable own = byPasid.get(pasid);
        if (own != null) {
            return own.walk(address);
        }
        if (owner == null) {
            return Translation.NONE;
        }
        throughOwner.add(pasid);
        PageTable table = owner;
        return table == null ? Translation.NONE : table.walk(address);
    }

    /**
     * Has {@code table} translate accesses with {@code pasid} from now on.
     *
     * @param pasid a PASID, or {@link Pasid#NONE}
     * @param ownsPasidTable with {@link Pasid#NONE}: whether the table serves PASIDs without a page table of their own
     */
    public void attach(int pasid, PageTable table, boolean ownsPasidTable) {
        if (pasid == Pasid.NONE) {
            owner = ownsPasidTable ? table : null;
            withoutPasid = table;
        } else {
            byPasid.set(pasid, table);
        }
    }

    /** Has {@code pasid} no page table of its own from now on. */
    public void detach(int pasid) {
        if (pasid == Pasid.NONE) {
            owner = null;
            withoutPasid = null;
        } else {
            byPasid.set(pasid, null);
        }
    }

    /** Calls {@code action} for each PASID that an owner of the PASID table has translated, now or earlier. */
    public void forEachThroughOwner(IntConsumer action) {
        throughOwner.forEach(action);
    }
}
