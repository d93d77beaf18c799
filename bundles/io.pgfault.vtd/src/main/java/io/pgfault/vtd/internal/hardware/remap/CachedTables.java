// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.remap;

import io.pgfault.api.Pasid;
import io.pgfault.vtd.internal.hardware.walk.ContextWords;
import io.pgfault.vtd.internal.hardware.walk.PagingContext;
import io.pgfault.vtd.internal.hardware.walk.StageTables;
import io.pgfault.vtd.internal.hardware.walk.TranslationStructures;
import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.table.ContextEntry;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.ScalableContextEntry;

/**
 * What a request is translated with: from the context cache and the PASID cache, else from the tables (rules T04, T05).
 * A lookup that the caches serve allocates nothing. Any thread.
 *
 * <p><b>Invariant:</b> between the reads of the tables that one answer comes from, no invalidation began. A thread that
 * sees the generation of the caches changed looks up anew. So software may use memory of tables, and domain ids, for
 * something else as soon as their invalidation has been executed, however long a translating thread is held up.
 */
final class CachedTables {
    private final TranslationStructures structures;
    private final DomainTables domains;
    private final Caches caches;
    /** The root table address that software has set. The setting thread writes it; translating threads read it. */
    private volatile long rootTable;
    /** Whether software has set a root table. The setting thread writes it; any thread reads it. */
    private volatile boolean rooted;

    CachedTables(TranslationStructures structures, DomainTables domains, Caches caches) {
        this.structures = structures;
        this.domains = domains;
        this.caches = caches;
    }

    void rootTable(long address) {
        rootTable = address;
        rooted = true;
    }

    boolean hasRoot() {
        return rooted;
    }

    /** The context entry of a requester; null if there is none, then {@code walk} has the reason. */
    ContextWords context(Walk walk, int requesterId) {
        return context(walk, caches.generation(), requesterId);
    }

    private ContextWords context(Walk walk, long began, int requesterId) {
        ContextWords context = caches.context(requesterId);
        if (context == null) {
            context = structures.context(walk, rootTable, requesterId);
            if (context != null) {
                caches.put(began, new Caches.Context(requesterId, context));
            }
        }
        return context;
    }

    /**
     * What requests of a PASID are translated with.
     *
     * @param translation whether the request is a translation request
     * @return null if there is nothing, or the tables don't allow the request; then {@code walk} has the reason
     */
    PagingContext paging(Walk walk, int requesterId, int pasid, boolean translation) {
        while (true) {
            long began = caches.generation();
            ContextWords context = context(walk, began, requesterId);
            if (context == null) {
                return null;
            }
            if (context.paging() != null) {
                return legacy(walk, context, pasid, translation);
            }
            if (!allows(walk, context, pasid, translation)) {
                return null;
            }
            PagingContext paging = caches.pasid(requesterId, pasid);
            if (paging != null) {
                return paging;
            }
            paging = structures.pasid(walk, context, pasid);
            StageTables tables = paging == null ? null : domains.get(paging.domain());
            if (tables != null) {
                paging = paging.with(tables);
            }
            if (caches.generation() == began) {
                if (paging != null) {
                    caches.put(began, new Caches.PasidContext(requesterId, pasid, paging));
                }
                return paging;
            }
        }
    }

    private static PagingContext legacy(Walk walk, ContextWords context, int pasid, boolean translation) {
        if (pasid != Pasid.NONE) {
            refuse(walk, FaultReason.LEGACY_WITH_PASID, false);
            return null;
        }
        if (translation && ContextEntry.type(context.word0()) != ContextEntry.TYPE_DEVICE_TLB) {
            refuse(walk, FaultReason.TRANSLATION_BLOCKED, context.paging().silent());
            return null;
        }
        return context.paging();
    }

    private static boolean allows(Walk walk, ContextWords context, int pasid, boolean translation) {
        boolean silent = (context.word0() & ScalableContextEntry.FPD) != 0;
        if (pasid != Pasid.NONE && (context.word0() & ScalableContextEntry.PASIDE) == 0) {
            return refuse(walk, FaultReason.SM_NO_PASID, silent);
        }
        if (translation && (context.word0() & ScalableContextEntry.DTE) == 0) {
            return refuse(walk, FaultReason.SM_NO_DEVICE_TLB, silent);
        }
        return true;
    }

    /** Ends a walk because the tables don't allow the request; returns false. */
    static boolean refuse(Walk walk, int reason, boolean silent) {
        walk.fault(reason, 0, 0, 0);
        walk.silent(silent);
        return false;
    }
}
