// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.vtd.spec.table.ContextEntry;
import io.pgfault.vtd.spec.table.EntryAddress;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.PasidDirectoryEntry;
import io.pgfault.vtd.spec.table.PasidEntry;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;

/**
 * Finds what a request is translated with (rule T04; VT-d 4.1 §3.4): root, then context entry, then in scalable mode
 * the PASID directory and the PASID entry; and walks the page tables that the entry names. Any thread.
 */
public final class TranslationStructures {
    /** Translation table mode, bits 11:10 of the root table address register: legacy. */
    public static final int LEGACY = 0;

    /** Translation table mode: scalable. */
    public static final int SCALABLE = 1;

    private static final int MODE_SHIFT = 10;
    private static final int DEVFN = 0xff;
    private static final int HALF = 0x80;
    private static final int PAGE_SHIFT = 12;

    private final PhysicalMemory memory;
    private final Capabilities capabilities;
    private final SecondStage second;
    private final FirstStage first;
    private final long beyond;

    /** Structures in {@code memory}, read by a unit with these capabilities. */
    public TranslationStructures(PhysicalMemory memory, Capabilities capabilities) {
        this.memory = memory;
        this.capabilities = capabilities;
        this.second = new SecondStage(memory, capabilities);
        this.first = new FirstStage(memory, second, capabilities);
        this.beyond = EntryAddress.beyond(EntryAddress.TABLE, capabilities.hostWidth());
    }

    /** Translation table mode of a root table address, see {@link #LEGACY} and {@link #SCALABLE}. */
    public static int mode(long rootTable) {
        return (int) (rootTable >>> MODE_SHIFT) & 3;
    }

    /**
     * Fetches the context entry of a requester.
     *
     * @param rootTable the root table address register
     * @return the entry; null if there is none, then {@code walk} has the reason
     */
    public ContextWords context(Walk walk, long rootTable, int requesterId) {
        int mode = mode(rootTable);
        if (mode > SCALABLE || (mode == SCALABLE && !capabilities.scalable())) {
            return none(walk, FaultReason.ROOT_TABLE);
        }
        boolean legacy = mode == LEGACY;
        int devfn = requesterId & DEVFN;
        long at = (rootTable & EntryAddress.TABLE) + (long) (requesterId >>> 8 & DEVFN) * RootEntry.SIZE;
        long low = memory.load(at);
        long high = memory.load(at + Long.BYTES);
        long root = !legacy && devfn >= HALF ? high : low;
        if (!RootEntry.present(root)) {
            if (root == 0 && !memory.contains(at)) {
                return none(walk, legacy ? FaultReason.ROOT_ACCESS : FaultReason.SM_ROOT_ACCESS);
            }
            return none(walk, legacy ? FaultReason.ROOT_NOT_PRESENT : FaultReason.SM_ROOT_NOT_PRESENT);
        }
        if ((root & (RootEntry.RESERVED | beyond)) != 0 || (legacy && high != 0)) {
            return none(walk, legacy ? FaultReason.ROOT_RESERVED : FaultReason.SM_ROOT_RESERVED);
        }
        long table = RootEntry.contextTable(root);
        return legacy
                ? legacyContext(walk, table + (long) devfn * ContextEntry.SIZE)
                : scalableContext(walk, table + (long) (devfn & HALF - 1) * ScalableContextEntry.SIZE);
    }

    private ContextWords legacyContext(Walk walk, long at) {
        long word0 = memory.load(at);
        long word1 = memory.load(at + Long.BYTES);
        boolean silent = (word0 & ContextEntry.FPD) != 0;
        if (!ContextEntry.present(word0)) {
            if (word0 == 0 && !memory.contains(at)) {
                return none(walk, FaultReason.CONTEXT_ACCESS);
            }
            return absent(walk, FaultReason.CONTEXT_NOT_PRESENT, silent);
        }
        if ((word0 & (ContextEntry.RESERVED_0 | beyond)) != 0 || (word1 & ContextEntry.RESERVED_1) != 0) {
            return absent(walk, FaultReason.CONTEXT_RESERVED, silent);
        }
        int type = ContextEntry.type(word0);
        boolean typed = type == ContextEntry.TYPE_UNTRANSLATED
                || (type == ContextEntry.TYPE_DEVICE_TLB && capabilities.deviceTlb())
                || (type == ContextEntry.TYPE_PASS_THROUGH && capabilities.passThrough());
        if (!capabilities.hasSecondStage(ContextEntry.levels(word1)) || !typed) {
            return absent(walk, FaultReason.CONTEXT_INVALID, silent);
        }
        int pgtt = type == ContextEntry.TYPE_PASS_THROUGH ? PasidEntry.PASS_THROUGH : PasidEntry.SECOND_STAGE;
        PagingContext paging = PagingContext.legacy(
                pgtt, ContextEntry.domain(word1), ContextEntry.pageTable(word0), ContextEntry.levels(word1), silent);
        return new ContextWords(word0, word1, paging);
    }

    private ContextWords scalableContext(Walk walk, long at) {
        long word0 = memory.load(at);
        long word1 = memory.load(at + Long.BYTES);
        boolean silent = (word0 & ScalableContextEntry.FPD) != 0;
        if (!ScalableContextEntry.present(word0)) {
            if (word0 == 0 && !memory.contains(at)) {
                return none(walk, FaultReason.SM_CONTEXT_ACCESS);
            }
            return absent(walk, FaultReason.SM_CONTEXT_NOT_PRESENT, silent);
        }
        if ((word0 & (ScalableContextEntry.RESERVED_0 | beyond)) != 0
                || (word1 & ScalableContextEntry.RESERVED_1) != 0
                || memory.load(at + 2 * Long.BYTES) != 0
                || memory.load(at + 3 * Long.BYTES) != 0) {
            return absent(walk, FaultReason.SM_CONTEXT_RESERVED, silent);
        }
        return new ContextWords(word0, word1, null);
    }

    /**
     * Fetches what requests with a PASID are translated with, in scalable mode.
     *
     * @param pasid the PASID, {@link Pasid#NONE} for a request without one, which uses the context entry's
     * @return the paging context; null if there is none, then {@code walk} has the reason
     */
    public PagingContext pasid(Walk walk, ContextWords context, int pasid) {
        boolean silent = (context.word0() & ScalableContextEntry.FPD) != 0;
        boolean with = pasid != Pasid.NONE;
        int number = with ? pasid : capabilities.withoutPasid(ScalableContextEntry.ridPasid(context.word1()));
        if (number >= ScalableContextEntry.pasids(context.word0())) {
            return missing(walk, with ? FaultReason.SM_PASID_BEYOND : FaultReason.SM_RID_PASID, silent);
        }
        long at = ScalableContextEntry.directory(context.word0())
                + (long) (number >>> PasidDirectoryEntry.PASIDS_SHIFT) * PasidDirectoryEntry.SIZE;
        long directory = memory.load(at);
        silent |= (directory & PasidDirectoryEntry.FPD) != 0;
        if (!PasidDirectoryEntry.present(directory)) {
            boolean access = directory == 0 && !memory.contains(at);
            return missing(
                    walk, access ? FaultReason.SM_DIRECTORY_ACCESS : FaultReason.SM_DIRECTORY_NOT_PRESENT, silent);
        }
        if ((directory & (PasidDirectoryEntry.RESERVED | beyond)) != 0) {
            return missing(walk, FaultReason.SM_DIRECTORY_RESERVED, silent);
        }
        int index = number & (1 << PasidDirectoryEntry.PASIDS_SHIFT) - 1;
        return entry(walk, PasidDirectoryEntry.table(directory) + (long) index * PasidEntry.SIZE, silent);
    }

    private PagingContext entry(Walk walk, long at, boolean above) {
        long word0 = memory.load(at);
        boolean silent = above || (word0 & PasidEntry.FPD) != 0;
        if (!PasidEntry.present(word0)) {
            boolean access = word0 == 0 && !memory.contains(at);
            return missing(walk, access ? FaultReason.SM_PASID_ACCESS : FaultReason.SM_PASID_NOT_PRESENT, silent);
        }
        long word1 = memory.load(at + Long.BYTES);
        long word2 = memory.load(at + 2 * Long.BYTES);
        long rest = 0;
        for (int word = 3; word < PasidEntry.SIZE / Long.BYTES; word++) {
            rest |= memory.load(at + (long) word * Long.BYTES);
        }
        if ((word0 & PasidEntry.RESERVED_0) != 0
                || (word1 & PasidEntry.RESERVED_1) != 0
                || (word2 & PasidEntry.RESERVED_2) != 0
                || rest != 0) {
            return missing(walk, FaultReason.SM_PASID_RESERVED, silent);
        }
        PagingContext context = PagingContext.of(word0, word1, word2, silent);
        boolean hasFirst = context.isTaggedByPasid();
        boolean hasSecond = context.type() == PasidEntry.SECOND_STAGE || context.type() == PasidEntry.NESTED;
        if ((hasSecond && (word0 & beyond) != 0) || (hasFirst && (word2 & beyond) != 0)) {
            return missing(walk, FaultReason.SM_PASID_RESERVED, silent);
        }
        boolean valid =
                (context.type() == PasidEntry.PASS_THROUGH && capabilities.passThrough()) || hasFirst || hasSecond;
        if (!valid
                || (hasSecond && !capabilities.hasSecondStage(context.secondLevels()))
                || (hasFirst && context.firstLevels() > (capabilities.fiveLevels() ? 5 : 4))) {
            return missing(walk, FaultReason.SM_PASID_INVALID, silent);
        }
        return context;
    }

    /**
     * Walks the page tables of a paging context for one access.
     *
     * @param access bits of {@link Permissions} and {@link Walk#TRANSLATE}
     * @return whether there is a translation
     */
    public boolean walk(Walk walk, PagingContext context, long address, int access) {
        return walk(walk, context, address, access, 0);
    }

    /**
     * Walks from a last table of a first stage on, see {@link #walk(Walk, PagingContext, long, int)}.
     *
     * @param lastTable address of the table whose entries map 4 KiB, above which the levels grant everything; 0: none
     */
    public boolean walk(Walk walk, PagingContext context, long address, int access, long lastTable) {
        if (context.tables() instanceof StageTables.Walked tables) {
            return ObjectStage.first(walk, tables.table(), address, access);
        }
        return switch (context.type()) {
            case PasidEntry.FIRST_STAGE, PasidEntry.NESTED -> first.walk(walk, context, address, access, lastTable);
            case PasidEntry.SECOND_STAGE -> second.walk(walk, context, address, access);
            default -> passThrough(walk, context, address);
        };
    }

    private boolean passThrough(Walk walk, PagingContext context, long address) {
        if (address >>> capabilities.hostWidth() != 0) {
            int reason = context.legacy() ? FaultReason.BEYOND_WIDTH : FaultReason.SM_BEYOND_HOST;
            return walk.fault(reason, 0, 0, address);
        }
        return walk.translated(address, PAGE_SHIFT, Permissions.READ | Permissions.WRITE | Permissions.EXEC, false);
    }

    private static ContextWords none(Walk walk, int reason) {
        walk.fault(reason, 0, 0, 0);
        return null;
    }

    private static ContextWords absent(Walk walk, int reason, boolean silent) {
        walk.fault(reason, 0, 0, 0);
        walk.silent(silent);
        return null;
    }

    private static PagingContext missing(Walk walk, int reason, boolean silent) {
        walk.fault(reason, 0, 0, 0);
        walk.silent(silent);
        return null;
    }
}
