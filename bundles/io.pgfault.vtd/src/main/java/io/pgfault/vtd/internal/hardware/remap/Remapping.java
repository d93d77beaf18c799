// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.remap;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.parts.Walkers;
import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import io.pgfault.vtd.internal.hardware.walk.ContextWords;
import io.pgfault.vtd.internal.hardware.walk.PagingContext;
import io.pgfault.vtd.internal.hardware.walk.StageTables;
import io.pgfault.vtd.internal.hardware.walk.TranslationStructures;
import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.FaultRecord;
import io.pgfault.vtd.spec.table.PasidEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;

/**
 * DMA remapping (VT-d 4.1 §3): takes a request through caches and tables to a translation, or records its fault. A
 * request that the caches serve allocates nothing, and a page table that is an object is walked for each request. Any
 * thread.
 */
public final class Remapping {
    /** Address type of a request: untranslated. */
    public static final int UNTRANSLATED = 0;

    /** Address type of a request: an ATS translation request. */
    public static final int TRANSLATION = 1;

    private static final int PAGE_SHIFT = 12;
    private static final int ALL = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    private final TranslationStructures structures;
    private final FaultRecording faults;
    private final Caches caches = new Caches();
    private final CachedTables tables;
    private final Walkers<Walk> walkers = new Walkers<>(Walk::new);
    private final CacheInvalidations invalidations = new CacheInvalidations(caches, walkers);
    /** Whether requests are translated. The enabling thread writes it; translating threads read it. */
    private volatile boolean enabled;

    /**
     * Remapping that is off.
     *
     * @param memory the memory that holds the unit's tables
     * @param domains what the domain ids of entries stand for
     */
    public Remapping(PhysicalMemory memory, Capabilities capabilities, FaultRecording faults, DomainTables domains) {
        this.structures = new TranslationStructures(memory, capabilities);
        this.faults = faults;
        this.tables = new CachedTables(structures, domains, caches);
    }

    /** Sets the root table pointer (VT-d 4.1 §11.4.5): software invalidates afterwards. */
    public void rootTable(long address) {
        tables.rootTable(address);
    }

    /** Whether software has set a root table. */
    public boolean hasRoot() {
        return tables.hasRoot();
    }

    /** Turns translation on or off. */
    public void enable(boolean on) {
        enabled = on;
    }

    /** Whether translation is on. */
    public boolean isEnabled() {
        return enabled;
    }

    /** The walks that invalidations wait for. */
    public Walkers<Walk> walkers() {
        return walkers;
    }

    /** The part that executes invalidation descriptors. */
    public CacheInvalidations invalidations() {
        return invalidations;
    }

    /**
     * Translates one request, and records a fault that no page request can mend.
     *
     * @param pasid a PASID, or {@link Pasid#NONE}
     * @param access bits of {@link Permissions}; {@link Walk#TRANSLATE} alone, or with PRIV, for a translation request
     * @param addressType {@link #UNTRANSLATED} or {@link #TRANSLATION}
     * @return whether there is a translation; {@code walk} has the result
     */
    public boolean translate(Walk walk, int requesterId, int pasid, long address, int access, int addressType) {
        if (!enabled) {
            return walk.translated(address, PAGE_SHIFT, ALL, false);
        }
        boolean found;
        walk.begin();
        try {
            found = find(walk, requesterId, pasid, address, access, addressType);
        } finally {
            walk.end();
        }
        if (found) {
            return true;
        }
        boolean mendable = addressType == TRANSLATION && FaultReason.isRecoverable(walk.reason());
        if (!mendable && !isSilent(walk)) {
            faults.record(
                    address & -1L << PAGE_SHIFT,
                    FaultRecord.word1(
                            requesterId,
                            pasid,
                            walk.reason(),
                            (access & Permissions.WRITE) == 0,
                            addressType,
                            (access & Permissions.EXEC) != 0,
                            (access & Permissions.PRIV) != 0));
        }
        return false;
    }

    private static boolean isSilent(Walk walk) {
        return walk.isSilent() && FaultReason.isQualified(walk.reason());
    }

    private boolean find(Walk walk, int requesterId, int pasid, long address, int access, int addressType) {
        long began = caches.generation();
        PagingContext paging = tables.paging(walk, requesterId, pasid, addressType == TRANSLATION);
        if (paging == null) {
            return false;
        }
        boolean privileged = (access & Permissions.PRIV) != 0;
        if (!paging.legacy() && pasid != Pasid.NONE) {
            if (privileged && !paging.has(PasidEntry.SRE)) {
                return CachedTables.refuse(walk, FaultReason.SM_NO_SUPERVISOR_REQUESTS, paging.silent());
            }
            if ((access & Permissions.EXEC) != 0 && !paging.has(PasidEntry.ERE)) {
                return CachedTables.refuse(walk, FaultReason.SM_NO_EXECUTE_REQUESTS, paging.silent());
            }
        }
        if (paging.tables() instanceof StageTables.Walked) {
            return walk(walk, paging, address, access, 0);
        }
        int tag = paging.isTaggedByPasid() ? pasid : Pasid.NONE;
        long page = address >>> PAGE_SHIFT;
        Caches.Translated cached = caches.translation(paging.domain(), tag, privileged, page);
        // A translation request asks for all that is granted now: a cached translation serves it only if that
        // translation grants everything.
        boolean translation = (access & Walk.TRANSLATE) != 0;
        int needed = translation ? ALL : access & ALL;
        if (cached != null && (cached.permissions() & needed) == needed) {
            long offset = address & ((1L << PAGE_SHIFT) - 1);
            return walk.translated(cached.to() | offset, cached.shift(), cached.permissions(), false);
        }
        boolean first = paging.type() == PasidEntry.FIRST_STAGE;
        long known = first ? caches.lastTable(paging.domain(), tag, page) : 0;
        if (!walk(walk, paging, address, access, known)) {
            return false;
        }
        int usable = walk.isClean() ? walk.permissions() & ~Permissions.WRITE : walk.permissions();
        long to = walk.address() & -1L << PAGE_SHIFT;
        if (known == 0 && walk.lastTable() != 0) {
            caches.putLastTable(began, paging.domain(), tag, page, walk.lastTable());
        }
        // A translation that grants less than everything serves no later translation request: the device keeps it.
        boolean worth = !translation || usable == ALL;
        if (cached == null
                ? worth
                : cached.to() != to || cached.permissions() != usable || cached.shift() != walk.shift()) {
            caches.put(began, new Caches.Translated(paging.domain(), tag, privileged, page, walk.shift(), to, usable));
        }
        return true;
    }

    private boolean walk(Walk walk, PagingContext paging, long address, int access, long lastTable) {
        if (structures.walk(walk, paging, address, access, lastTable)) {
            return true;
        }
        walk.silent(paging.silent());
        return false;
    }

    /**
     * Whether the tables allow a page request of a requester; if not, the fault is recorded (VT-d 4.1 §7.1.3, SCT.8). A
     * page request isn't checked against the PASID entry: software answers a request that no entry wants.
     */
    public boolean takesPageRequests(Walk walk, int requesterId, int pasid, long address, int access) {
        if (!enabled) {
            return true;
        }
        ContextWords context = tables.context(walk, requesterId);
        if (context != null) {
            if (context.paging() != null) {
                CachedTables.refuse(walk, FaultReason.LEGACY_PAGE_REQUEST, false);
            } else if ((context.word0() & ScalableContextEntry.PRE) == 0) {
                boolean silent = (context.word0() & ScalableContextEntry.FPD) != 0;
                CachedTables.refuse(walk, FaultReason.SM_NO_PAGE_REQUESTS, silent);
            } else {
                return true;
            }
        }
        if (!isSilent(walk)) {
            faults.record(
                    address & -1L << PAGE_SHIFT,
                    FaultRecord.pageRequestWord1(
                            requesterId,
                            pasid,
                            walk.reason(),
                            (access & Permissions.EXEC) != 0,
                            (access & Permissions.PRIV) != 0));
        }
        return false;
    }

    /**
     * What requests of a PASID are translated with, without a request. Nothing is recorded.
     *
     * @return null if the tables don't say; then {@code walk} has the reason
     */
    public PagingContext look(Walk walk, int requesterId, int pasid) {
        return enabled ? tables.paging(walk, requesterId, pasid, false) : null;
    }

    /** Walks the tables for a request that isn't made. Nothing is cached or recorded, and no table is changed. */
    public boolean probe(Walk walk, PagingContext paging, long address, int access) {
        return structures.walk(walk, paging, address, access | Walk.PROBE);
    }
}
