// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.vtd.spec.CanonicalAddress;
import io.pgfault.vtd.spec.table.EntryAddress;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.FirstStageEntry;
import io.pgfault.vtd.spec.table.PasidEntry;

/**
 * Walks first-stage tables, those of x86-64 processors with 4 or 5 levels (VT-d 4.1 §3.6, §9.7; SDM vol 3 §4.5). At
 * each level the walk checks presence and reserved bits, and sets the accessed bits; at the entry that maps the page
 * the walk checks what the levels grant together, and sets the dirty bit (rule T03).
 *
 * <p>In nested translation the second stage translates the address of each entry and of the page (rule T06). Any
 * thread.
 */
final class FirstStage {
    private static final int STAGE = 1;
    private static final int PAGE_SHIFT = 12;
    private static final int LEVEL_BITS = 9;
    private static final int INDEX = (1 << LEVEL_BITS) - 1;
    private static final int LARGEST_LEVEL = 3;
    private static final long RIGHTS = FirstStageEntry.RW | FirstStageEntry.US;

    private final PhysicalMemory own;
    private final SecondStage second;
    private final long reserved;

    FirstStage(PhysicalMemory memory, SecondStage second, Capabilities capabilities) {
        this.own = memory;
        this.second = second;
        this.reserved = EntryAddress.beyond(EntryAddress.PAGING, capabilities.hostWidth());
    }

    /**
     * Walks for one access.
     *
     * @param access bits of {@link Permissions} and {@link Walk#TRANSLATE}
     * @param lastTable address of the table whose entries map 4 KiB, above which the levels grant everything; 0: the
     *     walk begins at the root
     * @return whether there is a translation
     */
    boolean walk(Walk walk, PagingContext context, long address, int access, long lastTable) {
        int level = context.firstLevels();
        if (!CanonicalAddress.isCanonical(address, PAGE_SHIFT + LEVEL_BITS * level)) {
            return walk.fault(FaultReason.NOT_CANONICAL, STAGE, 0, address);
        }
        boolean nested = context.type() == PasidEntry.NESTED;
        PhysicalMemory memory = memory(context);
        long accessed = FirstStageEntry.A | (context.has(PasidEntry.EAFE) ? FirstStageEntry.EA : 0);
        long table = context.firstStage();
        long rights = RIGHTS;
        boolean executeDisable = false;
        if (lastTable != 0) {
            level = 1;
            table = lastTable;
        }
        while (true) {
            int shift = PAGE_SHIFT + LEVEL_BITS * (level - 1);
            long guest = table + ((address >>> shift & INDEX) << 3);
            boolean top = level == context.firstLevels();
            if (nested && !tableAccess(walk, context, guest, Permissions.READ, top)) {
                return false;
            }
            long at = nested ? walk.address() : guest;
            long entry = memory.load(at);
            if ((entry & FirstStageEntry.P) == 0) {
                return walk.fault(absence(memory, at, entry, top), STAGE, level, address);
            }
            boolean page = level == 1 || (entry & FirstStageEntry.PS) != 0;
            if (isReserved(context, entry, level, shift, page)) {
                return walk.fault(FaultReason.FS_RESERVED, STAGE, level, address);
            }
            long allowed = rights & entry;
            boolean never = executeDisable || (entry & FirstStageEntry.XD) != 0;
            int granted = granted(context, allowed, never, access);
            if (page && !grants(walk, granted, access, address, level)) {
                return false;
            }
            long bits = accessed | (page && dirties(granted, access) ? FirstStageEntry.D : 0);
            if ((entry & bits) != bits) {
                if (nested && !tableAccess(walk, context, guest, Permissions.WRITE, top)) {
                    return false;
                }
                if (nested && walk.address() != at) {
                    // The second stage has moved the table meanwhile, as copy-on-write does: this level once more.
                    continue;
                }
                if ((access & Walk.PROBE) == 0 && !memory.compareAndSet(at, entry, entry | bits)) {
                    // Another thread has changed the entry: this level once more.
                    continue;
                }
            }
            if (page) {
                boolean clean = ((entry | bits) & FirstStageEntry.D) == 0;
                return end(walk, context, address, entry, shift, granted, clean, access)
                        && (nested || rights != RIGHTS || executeDisable || level > 1 || walk.lastTable(table));
            }
            rights = allowed;
            executeDisable = never;
            table = entry & EntryAddress.PAGING;
            level--;
        }
    }

    private PhysicalMemory memory(PagingContext context) {
        if (context.tables() instanceof StageTables.InMemory tables) {
            return tables.memory();
        }
        return context.tables() instanceof StageTables.Nested tables ? tables.memory() : own;
    }

    private boolean second(Walk walk, PagingContext context, long address, int access) {
        return context.tables() instanceof StageTables.Nested tables
                ? ObjectStage.second(walk, tables.secondStage(), address, access)
                : second.walk(walk, context, address, access);
    }

    private boolean end(
            Walk walk,
            PagingContext context,
            long address,
            long entry,
            int shift,
            int granted,
            boolean clean,
            int access) {
        long offset = (1L << shift) - 1;
        long to = (entry & EntryAddress.PAGING & ~offset) | (address & offset);
        if (context.type() != PasidEntry.NESTED) {
            return SecondStage.isInterrupt(to)
                    ? walk.fault(FaultReason.SM_INTERRUPT_ADDRESS, STAGE, 0, address)
                    : walk.translated(to, shift, granted, clean);
        }
        return second(walk, context, to, access)
                && walk.between(to)
                && walk.translated(
                        walk.address(),
                        Math.min(shift, walk.shift()),
                        granted & walk.permissions(),
                        clean || walk.isClean());
    }

    /** Translates the address of an entry; a refusal of the second stage gets the reason of the first stage's table. */
    private boolean tableAccess(Walk walk, PagingContext context, long guest, int access, boolean top) {
        if (second(walk, context, guest, access)) {
            return true;
        }
        return switch (walk.reason()) {
            case FaultReason.SM_BEYOND_WIDTH -> walk.because(FaultReason.FS_BEYOND_WIDTH);
            case FaultReason.SM_READ, FaultReason.SS_NOT_PRESENT ->
                walk.because(top ? FaultReason.FS_TOP_READ : FaultReason.FS_READ);
            case FaultReason.SM_WRITE -> walk.because(FaultReason.FS_WRITE);
            default -> false;
        };
    }

    private static int absence(PhysicalMemory memory, long at, long entry, boolean top) {
        if (entry != 0 || memory.contains(at)) {
            return FaultReason.FS_NOT_PRESENT;
        }
        return top ? FaultReason.FS_TOP_ACCESS : FaultReason.FS_ACCESS;
    }

    private boolean isReserved(PagingContext context, long entry, int level, int shift, boolean page) {
        long bits = reserved | (context.has(PasidEntry.NXE) ? 0 : FirstStageEntry.XD);
        if (page && level > 1) {
            if (level > LARGEST_LEVEL) {
                return true;
            }
            bits |= FirstStageEntry.reservedOfLargePage(shift);
        }
        return (entry & bits) != 0;
    }

    /** What the levels grant together to a request of that privilege (VT-d 4.1 §3.6.1). */
    private static int granted(PagingContext context, long allowed, boolean executeDisable, int access) {
        boolean supervisor = (access & Permissions.PRIV) != 0;
        boolean user = (allowed & FirstStageEntry.US) != 0;
        if (!supervisor && !user) {
            return 0;
        }
        boolean write = (allowed & FirstStageEntry.RW) != 0 || (supervisor && !context.has(PasidEntry.WPE));
        boolean execute = !executeDisable && !(supervisor && user && context.has(PasidEntry.SMEP));
        return Permissions.READ | (write ? Permissions.WRITE : 0) | (execute ? Permissions.EXEC : 0);
    }

    private static boolean grants(Walk walk, int granted, int access, long address, int level) {
        int missing = access & ~granted;
        if (granted == 0) {
            return walk.fault(FaultReason.USER, STAGE, level, address);
        }
        if ((missing & Permissions.WRITE) != 0) {
            return walk.fault(FaultReason.SM_WRITE, STAGE, level, address);
        }
        if ((missing & Permissions.EXEC) != 0) {
            return walk.fault(FaultReason.SM_EXECUTE, STAGE, level, address);
        }
        return true;
    }

    private static boolean dirties(int granted, int access) {
        return (access & Permissions.WRITE) != 0
                || ((access & Walk.TRANSLATE) != 0 && (granted & Permissions.WRITE) != 0);
    }
}
