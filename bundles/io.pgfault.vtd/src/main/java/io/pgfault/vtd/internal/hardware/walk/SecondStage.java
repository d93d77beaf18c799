// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.vtd.spec.table.EntryAddress;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.SecondStageEntry;

/**
 * Walks second-stage tables of 3 to 5 levels (VT-d 4.1 §3.7, §9.8), in legacy and in scalable mode. At each level the
 * walk checks presence, then what the access needs, then reserved bits, then sets the accessed and dirty bits if the
 * context asks for them (rule T03). Any thread.
 */
final class SecondStage {
    private static final int STAGE = 2;
    private static final long READ_WRITE = SecondStageEntry.R | SecondStageEntry.W;
    private static final int PAGE_SHIFT = 12;
    private static final int LEVEL_BITS = 9;
    private static final int INDEX = (1 << LEVEL_BITS) - 1;
    private static final int LARGEST_LEVEL = 3;
    private static final long INTERRUPTS = 0xfee0_0000L;
    private static final long INTERRUPTS_MASK = -1L << 20;

    private final PhysicalMemory memory;
    private final Capabilities capabilities;
    private final long reservedTable;
    private final long reservedPage;

    SecondStage(PhysicalMemory memory, Capabilities capabilities) {
        this.memory = memory;
        this.capabilities = capabilities;
        long beyond = EntryAddress.beyond(EntryAddress.PAGING, capabilities.hostWidth());
        this.reservedTable = beyond | SecondStageEntry.TM | (capabilities.snoop() ? 0 : SecondStageEntry.SNP);
        this.reservedPage = capabilities.deviceTlb() ? reservedTable & ~SecondStageEntry.TM : reservedTable;
    }

    /**
     * Walks for one access.
     *
     * @param access bits of {@link Permissions} and {@link Walk#TRANSLATE}; execute and privileged need nothing here
     * @return whether there is a translation
     */
    boolean walk(Walk walk, PagingContext context, long address, int access) {
        int level = context.secondLevels();
        int width = Math.min(PAGE_SHIFT + LEVEL_BITS * level, capabilities.guestWidth());
        if (address >>> width != 0) {
            int reason = context.legacy() ? FaultReason.BEYOND_WIDTH : FaultReason.SM_BEYOND_WIDTH;
            return walk.fault(reason, STAGE, 0, address);
        }
        long needed = access & READ_WRITE;
        long granted = READ_WRITE;
        long table = context.secondStage();
        while (true) {
            int shift = PAGE_SHIFT + LEVEL_BITS * (level - 1);
            long at = table + ((address >>> shift & INDEX) << 3);
            long entry = memory.load(at);
            granted &= entry;
            if ((entry & READ_WRITE) == 0 || (entry & needed) != needed) {
                return walk.fault(refusal(context, level, at, entry, access), STAGE, level, address);
            }
            boolean page = level == 1 || (entry & SecondStageEntry.PS) != 0;
            if (isReserved(entry, level, shift, page)) {
                int reason = context.legacy() ? FaultReason.PAGING_RESERVED : FaultReason.SS_RESERVED;
                return walk.fault(reason, STAGE, level, address);
            }
            boolean clean = false;
            if (context.secondStageDirty()) {
                long bits = SecondStageEntry.A | (page && dirties(granted, access) ? SecondStageEntry.D : 0);
                if ((entry & bits) != bits && !memory.compareAndSet(at, entry, entry | bits)) {
                    granted = READ_WRITE;
                    level = context.secondLevels();
                    table = context.secondStage();
                    continue;
                }
                clean = page && ((entry | bits) & SecondStageEntry.D) == 0;
            }
            if (page) {
                return end(walk, context, address, entry, shift, granted, clean);
            }
            table = entry & EntryAddress.PAGING;
            level--;
        }
    }

    private static boolean end(
            Walk walk, PagingContext context, long address, long entry, int shift, long granted, boolean clean) {
        long offset = (1L << shift) - 1;
        long to = (entry & EntryAddress.PAGING & ~offset) | (address & offset);
        if (isInterrupt(to)) {
            int reason = context.legacy() ? FaultReason.INTERRUPT_ADDRESS : FaultReason.SM_INTERRUPT_ADDRESS;
            return walk.fault(reason, STAGE, 0, address);
        }
        return walk.translated(to, shift, (int) granted | Permissions.EXEC, clean);
    }

    /** Whether an address is in the range of interrupts, to which no table may lead (VT-d 4.1 §3.14). */
    static boolean isInterrupt(long to) {
        return (to & INTERRUPTS_MASK) == INTERRUPTS;
    }

    /** A translation request that grants nothing at a level ends there as a fault, too. */
    private int refusal(PagingContext context, int level, long at, long entry, int access) {
        boolean write = (access & Permissions.WRITE) != 0 && (entry & SecondStageEntry.W) == 0;
        if (entry == 0 && !memory.contains(at)) {
            if (level == context.secondLevels()) {
                return context.legacy() ? FaultReason.CONTEXT_INVALID : FaultReason.SS_TOP_ACCESS;
            }
            return context.legacy() ? FaultReason.PAGING_ACCESS : FaultReason.SS_ACCESS;
        }
        if (context.legacy()) {
            return write ? FaultReason.WRITE : FaultReason.READ;
        }
        if ((entry & READ_WRITE) == 0) {
            return FaultReason.SS_NOT_PRESENT;
        }
        return write ? FaultReason.SM_WRITE : FaultReason.SM_READ;
    }

    private boolean isReserved(long entry, int level, int shift, boolean page) {
        if (!page) {
            return (entry & reservedTable) != 0;
        }
        if (level == 1) {
            return (entry & reservedPage) != 0;
        }
        return level > LARGEST_LEVEL
                || !capabilities.largePages()
                || (entry & (reservedPage | SecondStageEntry.reservedOfLargePage(shift))) != 0;
    }

    private static boolean dirties(long granted, int access) {
        return (access & Permissions.WRITE) != 0
                || ((access & Walk.TRANSLATE) != 0 && (granted & SecondStageEntry.W) != 0);
    }
}
