// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.table.EntryAddress;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.FirstStageEntry;
import io.pgfault.vtd.spec.table.PasidDirectoryEntry;
import io.pgfault.vtd.spec.table.PasidEntry;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What QEMU's unit does in another way in scalable mode, with the paragraph of VT-d 4.1. This class changes the tables
 * that our model reads into tables as QEMU understands them; our model must then give QEMU's reason. For one request.
 */
final class VtdScalableLimits {
    private static final int HALF = 128;
    private static final int WIDTH = 48;
    private static final long BEYOND = EntryAddress.TABLE & -(1L << WIDTH);
    /** An address with nothing at it. */
    private static final long NOWHERE = 1L << 45;

    private static final long ROOT_RESERVED_BIT = 1L << 1;
    /** Reasons of scalable mode, and those of legacy mode that QEMU gives instead. */
    private static final Map<Integer, Integer> LEGACY = Map.of(
            FaultReason.SM_ROOT_ACCESS, FaultReason.ROOT_ACCESS,
            FaultReason.SM_ROOT_NOT_PRESENT, FaultReason.ROOT_NOT_PRESENT,
            FaultReason.SM_ROOT_RESERVED, FaultReason.ROOT_RESERVED,
            FaultReason.SM_CONTEXT_ACCESS, FaultReason.CONTEXT_ACCESS,
            FaultReason.SM_CONTEXT_NOT_PRESENT, FaultReason.CONTEXT_NOT_PRESENT,
            FaultReason.SM_CONTEXT_RESERVED, FaultReason.CONTEXT_RESERVED);

    private final WatchedMemory memory;
    private final Set<String> met = new TreeSet<>();
    private int width = WIDTH;
    private int type;
    private boolean executeDisable = true;

    VtdScalableLimits(WatchedMemory memory) {
        this.memory = memory;
    }

    WatchedMemory memory() {
        return memory;
    }

    /** The limits that the request has met. */
    Set<String> met() {
        return met;
    }

    /** Changes the tables of a device. */
    void change(int requesterId) {
        long half = VtdTables.ROOT + requesterId / HALF * 8L;
        long reserved = RootEntry.RESERVED | BEYOND;
        if (((memory.peek(VtdTables.ROOT) | memory.peek(VtdTables.ROOT + 8)) & reserved) != 0
                && (memory.peek(half) & reserved) == 0) {
            memory.instead(half, memory.peek(half) | ROOT_RESERVED_BIT);
            met.add("QEMU checks the reserved bits of both halves of a root entry (§9.2)");
            return;
        }
        long context =
                RootEntry.contextTable(memory.peek(half)) + requesterId % HALF * (long) ScalableContextEntry.SIZE;
        loud(context);
        long at = ScalableContextEntry.directory(memory.peek(context));
        loud(at);
        unreserved(at, PasidDirectoryEntry.RESERVED);
        within(at);
        long entry = PasidDirectoryEntry.table(memory.peek(at));
        loud(entry);
        unreserved(entry, PasidEntry.RESERVED_0);
        if ((memory.peek(entry) & BEYOND) != 0) {
            memory.instead(entry, memory.peek(entry) & ~BEYOND);
            met.add("QEMU has no second stage here (ECAP.SSTS), and doesn't look at its address (§9.6)");
        }
        unreserved(entry + 8, PasidEntry.RESERVED_1);
        unreserved(entry + 16, PasidEntry.RESERVED_2);
        within(entry + 16);
        type = PasidEntry.type(memory.peek(entry));
        executeDisable = (memory.peek(entry + 16) & PasidEntry.NXE) != 0;
        memory.instead(entry + 16, memory.peek(entry + 16) | PasidEntry.NXE);
        int levels = PasidEntry.secondStageLevels(memory.peek(entry));
        if (PasidEntry.present(memory.peek(entry)) && type == PasidEntry.FIRST_STAGE && levels != 4) {
            width = Math.min(WIDTH, 12 + 9 * levels);
        }
    }

    private void loud(long at) {
        // FPD is bit 1 of every entry that has it.
        if ((memory.peek(at) & PasidEntry.FPD) != 0) {
            memory.instead(at, memory.peek(at) & ~PasidEntry.FPD);
            met.add("QEMU records some faults in spite of FPD (§9.4 to §9.6)");
        }
    }

    private void unreserved(long at, long bits) {
        if ((memory.peek(at) & bits) != 0) {
            memory.instead(at, memory.peek(at) & ~bits);
            met.add("QEMU doesn't check reserved bits of PASID directory and PASID entries (§9.5, §9.6)");
        }
    }

    private void within(long at) {
        if ((memory.peek(at) & BEYOND) != 0) {
            memory.instead(at, (memory.peek(at) & ~EntryAddress.TABLE) | NOWHERE);
            met.add("QEMU finds no memory at an address that is too wide, where it is reserved (§9.5, §9.6)");
        }
    }

    /**
     * The reason that QEMU gives, 0 for a translation.
     *
     * @param walk how our model has ended with the changed tables
     */
    int reason(VtdTables.Case c, Walk walk) {
        int reason = order(c, walk);
        if (LEGACY.containsKey(reason)) {
            met.add("QEMU gives legacy reasons for faults of root and context entries (§7.1.3)");
            return LEGACY.get(reason);
        }
        if (reason == FaultReason.SM_PASID_NOT_PRESENT
                && type != PasidEntry.FIRST_STAGE
                && type != PasidEntry.PASS_THROUGH) {
            met.add("QEMU checks PGTT of a PASID entry before its present bit (§7.1.3, SPT.2)");
            return FaultReason.SM_PASID_INVALID;
        }
        return reason;
    }

    /** QEMU checks canonical addresses by AW, and user and write permissions before it reads the next level. */
    private int order(VtdTables.Case c, Walk walk) {
        boolean walked = walk.isTranslated() || walk.stage() == 1;
        if (walked && width < WIDTH && c.address >> (width - 1) != 0 && c.address >> (width - 1) != -1) {
            met.add("QEMU takes AW for the width of first-stage addresses, where it is ignored (§9.6)");
            return FaultReason.NOT_CANONICAL;
        }
        if (!walked || walk.reason() == FaultReason.NOT_CANONICAL) {
            return walk.reason();
        }
        if (walk.isTranslated()
                && walk.shift() > 12
                && walk.address() >>> walk.shift() == VtdTables.INTERRUPTS >>> walk.shift()) {
            met.add("QEMU refuses a whole large page that overlaps the range of interrupts (§3.14)");
            return FaultReason.SM_INTERRUPT_ADDRESS;
        }
        List<Long> loads = memory.loads();
        int levels = Math.min(loads.size(), walk.isTranslated() ? 4 : 5 - walk.level());
        for (int i = loads.size() - levels; i < loads.size(); i++) {
            long entry = memory.peek(loads.get(i));
            if (!executeDisable && (entry & FirstStageEntry.XD) != 0) {
                met.add("QEMU ignores execute-disable, which is reserved without NXE (§9.6)");
            }
            boolean user = (entry & FirstStageEntry.US) != 0;
            if ((entry & FirstStageEntry.P) != 0 && (!user || (c.write && (entry & FirstStageEntry.RW) == 0))) {
                met.add("QEMU checks permissions at each level, before reserved bits and lower levels (§3.6.1)");
                return user ? FaultReason.SM_WRITE : FaultReason.USER;
            }
        }
        return walk.reason();
    }
}
