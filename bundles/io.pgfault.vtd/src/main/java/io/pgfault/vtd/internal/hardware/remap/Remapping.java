// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.remap;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import io.pgfault.vtd.internal.hardware.walk.ContextWords;
import io.pgfault.vtd.internal.hardware.walk.PagingContext;
import io.pgfault.vtd.internal.hardware.walk.TranslationStructures;
import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.ContextCacheInvalidation;
import io.pgfault.vtd.spec.IotlbInvalidation;
import io.pgfault.vtd.spec.PasidCacheInvalidation;
import io.pgfault.vtd.spec.table.ContextEntry;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.FaultRecord;
import io.pgfault.vtd.spec.table.PasidEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;

/**
 * DMA remapping (VT-d 4.1 §3): takes a request through caches and tables to a translation, or records its fault. A
 * request that the IOTLB serves allocates nothing. Any thread.
 */
public final class Remapping {
    /** Address type of a request: untranslated. */
    public static final int UNTRANSLATED = 0;

    /** Address type of a request: an ATS translation request. */
    public static final int TRANSLATION = 1;

    private static final int PAGE_SHIFT = 12;
    private static final int ALL = Permissions.READ | Permissions.WRITE | Permissions.EXEC;
    private static final int FUNCTIONS = 7;

    private final TranslationStructures structures;
    private final FaultRecording faults;
    private final Caches caches = new Caches();
    /** The root table address that software has set. The setting thread writes it; translating threads read it. */
    private volatile long rootTable;
    /** Whether software has set a root table. The setting thread writes it; any thread reads it. */
    private volatile boolean rooted;
    /** Whether requests are translated. The enabling thread writes it; translating threads read it. */
    private volatile boolean enabled;

    /** Remapping that is off. */
    public Remapping(PhysicalMemory memory, Capabilities capabilities, FaultRecording faults) {
        this.structures = new TranslationStructures(memory, capabilities);
        this.faults = faults;
    }

    /** Sets the root table pointer (VT-d 4.1 §11.4.5): software invalidates afterwards. */
    public void rootTable(long address) {
        rootTable = address;
        rooted = true;
    }

    /** Whether software has set a root table. */
    public boolean hasRoot() {
        return rooted;
    }

    /** Turns translation on or off. */
    public void enable(boolean on) {
        enabled = on;
    }

    /** Whether translation is on. */
    public boolean isEnabled() {
        return enabled;
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
        if (find(walk, requesterId, pasid, address, access, addressType)) {
            return true;
        }
        boolean mendable = addressType == TRANSLATION && FaultReason.isRecoverable(walk.reason());
        boolean silent = walk.isSilent() && FaultReason.isQualified(walk.reason());
        if (!mendable && !silent) {
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

    private boolean find(Walk walk, int requesterId, int pasid, long address, int access, int addressType) {
        long began = caches.generation();
        ContextWords context = caches.context(requesterId);
        if (context == null) {
            context = structures.context(walk, rootTable, requesterId);
            if (context == null) {
                return false;
            }
            caches.put(began, new Caches.Context(requesterId, context));
        }
        PagingContext paging = paging(walk, began, context, requesterId, pasid, addressType);
        if (paging == null) {
            return false;
        }
        if (!paging.legacy() && pasid != Pasid.NONE) {
            if ((access & Permissions.PRIV) != 0 && (paging.flags() & PasidEntry.SRE) == 0) {
                return refuse(walk, FaultReason.SM_NO_SUPERVISOR_REQUESTS, paging.silent());
            }
            if ((access & Permissions.EXEC) != 0 && (paging.flags() & PasidEntry.ERE) == 0) {
                return refuse(walk, FaultReason.SM_NO_EXECUTE_REQUESTS, paging.silent());
            }
        }
        int tag = paging.isTaggedByPasid() ? pasid : Pasid.NONE;
        boolean privileged = (access & Permissions.PRIV) != 0;
        long page = address >>> PAGE_SHIFT;
        Caches.Translated cached = caches.translation(paging.domain(), tag, privileged, page);
        int needed = (access & Walk.TRANSLATE) != 0 ? 0 : access & ALL;
        if (cached != null && (cached.permissions() & needed) == needed && (access & Walk.TRANSLATE) == 0) {
            long offset = address & ((1L << PAGE_SHIFT) - 1);
            return walk.translated(cached.to() | offset, cached.shift(), cached.permissions(), false);
        }
        if (!structures.walk(walk, paging, address, access)) {
            walk.silent(paging.silent());
            return false;
        }
        int usable = walk.isClean() ? walk.permissions() & ~Permissions.WRITE : walk.permissions();
        long to = walk.address() & -1L << PAGE_SHIFT;
        caches.put(began, new Caches.Translated(paging.domain(), tag, privileged, page, walk.shift(), to, usable));
        return true;
    }

    private PagingContext paging(
            Walk walk, long began, ContextWords context, int requesterId, int pasid, int addressType) {
        if (context.paging() != null) {
            if (pasid != Pasid.NONE) {
                refuse(walk, FaultReason.LEGACY_WITH_PASID, false);
                return null;
            }
            if (addressType == TRANSLATION && ContextEntry.type(context.word0()) != ContextEntry.TYPE_DEVICE_TLB) {
                refuse(walk, FaultReason.TRANSLATION_BLOCKED, context.paging().silent());
                return null;
            }
            return context.paging();
        }
        boolean silent = (context.word0() & ScalableContextEntry.FPD) != 0;
        if (pasid != Pasid.NONE && (context.word0() & ScalableContextEntry.PASIDE) == 0) {
            refuse(walk, FaultReason.SM_NO_PASID, silent);
            return null;
        }
        if (addressType == TRANSLATION && (context.word0() & ScalableContextEntry.DTE) == 0) {
            refuse(walk, FaultReason.SM_NO_DEVICE_TLB, silent);
            return null;
        }
        PagingContext paging = caches.pasid(requesterId, pasid);
        if (paging == null) {
            paging = structures.pasid(walk, context, pasid);
            if (paging != null) {
                caches.put(began, new Caches.PasidContext(requesterId, pasid, paging));
            }
        }
        return paging;
    }

    private static boolean refuse(Walk walk, int reason, boolean silent) {
        walk.fault(reason, 0, 0, 0);
        walk.silent(silent);
        return false;
    }

    /** Executes a context-cache invalidate descriptor. */
    public void invalidateContexts(long word0) {
        int domain = ContextCacheInvalidation.domain(word0);
        int ignored = ((1 << ContextCacheInvalidation.functionMask(word0)) - 1) & FUNCTIONS;
        int id = ContextCacheInvalidation.requesterId(word0) | ignored;
        switch (ContextCacheInvalidation.granularity(word0)) {
            case ContextCacheInvalidation.DEVICE ->
                caches.invalidateContexts(entry -> (entry.requesterId() | ignored) == id);
            case ContextCacheInvalidation.DOMAIN ->
                caches.invalidateContexts(entry ->
                        entry.words().paging() == null || entry.words().paging().domain() == domain);
            default -> caches.invalidateContexts(entry -> true);
        }
    }

    /** Executes a PASID-cache invalidate descriptor. */
    public void invalidatePasids(long word0) {
        int domain = PasidCacheInvalidation.domain(word0);
        int pasid = PasidCacheInvalidation.pasid(word0);
        switch (PasidCacheInvalidation.granularity(word0)) {
            case PasidCacheInvalidation.PASID ->
                caches.invalidatePasids(entry ->
                        entry.paging().domain() == domain && (entry.pasid() == pasid || entry.pasid() == Pasid.NONE));
            case PasidCacheInvalidation.DOMAIN ->
                caches.invalidatePasids(entry -> entry.paging().domain() == domain);
            default -> caches.invalidatePasids(entry -> true);
        }
    }

    /** Executes an IOTLB invalidate descriptor of type 2: what a domain's nested translations cached goes, too. */
    public void invalidateTranslations(long word0, long word1) {
        int domain = IotlbInvalidation.domain(word0);
        switch (IotlbInvalidation.granularity(word0)) {
            case IotlbInvalidation.PAGES ->
                caches.invalidateTranslations(
                        entry -> entry.domain() == domain && (entry.pasid() != Pasid.NONE || covers(word1, entry)));
            case IotlbInvalidation.ALL -> caches.invalidateTranslations(entry -> entry.domain() == domain);
            default -> caches.invalidateTranslations(entry -> true);
        }
    }

    /** Executes a PASID-based IOTLB invalidate descriptor, type 6. */
    public void invalidateTranslationsOfPasid(long word0, long word1) {
        int domain = IotlbInvalidation.domain(word0);
        int pasid = IotlbInvalidation.pasid(word0);
        boolean pages = IotlbInvalidation.granularity(word0) == IotlbInvalidation.PAGES;
        caches.invalidateTranslations(entry -> entry.domain() == domain
                && (entry.pasid() == pasid || entry.pasid() == Pasid.NONE)
                && (!pages || covers(word1, entry)));
    }

    /** Whether the pages of a descriptor's word 1 overlap the page that an entry came from. */
    private static boolean covers(long word1, Caches.Translated entry) {
        int shift = Math.max(Math.min(PAGE_SHIFT + IotlbInvalidation.mask(word1), Long.SIZE - 1), entry.shift());
        return IotlbInvalidation.address(word1) >>> shift == entry.page() << PAGE_SHIFT >>> shift;
    }
}
