// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.table.Descriptor;

/**
 * Walks VMSAv8-64 tables in memory: stage 1, stage 2, or stage 1 through stage 2 (DDI 0487 J.a D8.2 to D8.5; IHI 0070
 * F.b §3.4, §7.3.22 for the order of faults).
 *
 * <p>A walk reads memory only, and sets access flags and dirty state, each in one atomic access, where the tables'
 * owner asked for it. Everything that the memory holds leads to a {@link Result}; nothing throws (rules T01, T02, T03,
 * T06).
 *
 * <p>Any thread; a walk allocates nothing and takes no lock.
 */
public final class Walker {
    /** An access that asks for nothing: the walk tells what the tables grant, and counts as a write where one may. */
    public static final int ANY = 0;

    /** Beside an access: the walk changes no descriptor. */
    private static final int PROBE = 1 << 4;

    /** Beside an access: a walk of both stages gives what the first one gave, if the second stage grants the access. */
    private static final int BETWEEN = 1 << 5;

    /** An access that asks for nothing, see {@link #ANY}, and never counts as a write. */
    private static final int NO_WRITE = Permissions.PRIV;

    private static final int READ = Permissions.READ;
    private static final int WRITE = Permissions.WRITE;
    private static final int EXEC = Permissions.EXEC;

    /** Privileged permissions are the unprivileged ones, moved by so many bits. */
    private static final int PRIVILEGED = 3;

    private static final int BOTH_WRITE = WRITE | WRITE << PRIVILEGED;
    private static final long OFFSET = 0xfff;
    private static final int PAGE_SHIFT = 12;

    /** An attempt returns this if a descriptor changed meanwhile. No translation and no fault has the value 0. */
    private static final long CHANGED = 0;

    /** After so many attempts in vain the memory takes no update, and the walk ends with an external abort. */
    private static final int ATTEMPTS = 64;

    private final PhysicalMemory memory;

    /** A walker of tables in that memory. */
    public Walker(PhysicalMemory memory) {
        this.memory = memory;
    }

    /**
     * Walks for an input address.
     *
     * @param stage1 {@code null} if the first stage doesn't translate
     * @param stage2 {@code null} if the second stage doesn't translate
     * @param access bits of {@link Permissions} that the access needs, or {@link #ANY}
     * @return a {@link Result}
     */
    public long walk(Stage1 stage1, Stage2 stage2, long address, int access) {
        if (stage1 != null) {
            return first(stage1, stage2, address, access);
        }
        if (address >>> Stage1.OUTPUT_BITS != 0) {
            return Result.fault(Result.ADDR_SIZE, false, 0, EventRecord.CLASS_IN, 0);
        }
        if (stage2 != null) {
            return second(stage2, address, access, EventRecord.CLASS_IN);
        }
        return Result.translation(address, PAGE_SHIFT, 0b111_111);
    }

    /**
     * Walks both stages for an access that isn't made; no descriptor is changed.
     *
     * @param access as for {@link #walk}
     * @return a {@link Result}: a fault of either stage, or the intermediate address that the first stage gives
     */
    public long between(Stage1 stage1, Stage2 stage2, long address, int access) {
        if (stage1 != null) {
            return first(stage1, stage2, address, access | PROBE | BETWEEN);
        }
        long page = walk(null, stage2, address, access | PROBE);
        return Result.fault(page) ? page : Result.translation(address, PAGE_SHIFT, 0b111_111);
    }

    /**
     * The physical address of a table or context descriptor.
     *
     * @param stage2 {@code null} if addresses are physical
     * @param faultClass of a fault of stage 2
     * @return a {@link Result}; a translation gives the 4 KiB page that holds {@code address}
     */
    public long locate(Stage2 stage2, long address, int faultClass) {
        return stage2 == null
                ? Result.translation(address, PAGE_SHIFT, 0b111_111)
                : second(stage2, address, READ, faultClass);
    }

    // Stage 1

    private long first(Stage1 stage, Stage2 stage2, long address, int access) {
        long result = CHANGED;
        for (int i = 0; i < ATTEMPTS && result == CHANGED; i++) {
            result = attemptFirst(stage, stage2, address, access, i == ATTEMPTS - 1);
        }
        return result;
    }

    private long attemptFirst(Stage1 stage, Stage2 stage2, long address, int access, boolean last) {
        boolean high = (address >>> 55 & 1) != 0;
        int bits = stage.inputBits(address, high);
        if (bits == 0) {
            return Result.fault(Result.TRANSLATION, false, 0, EventRecord.CLASS_IN, 0);
        }
        long table = stage.table(high);
        long above = 0;
        long index = address & (1L << bits) - 1;
        for (int level = Stage1.startLevel(bits); ; level++) {
            long at = table + (index >>> Descriptor.shift(level)) * Long.BYTES;
            long page = stage2 == null ? at : second(stage2, at, READ | (access & PROBE), EventRecord.CLASS_TT);
            if (Result.fault(page)) {
                return page;
            }
            long from = stage2 == null ? at : Result.address(page) | (at & OFFSET);
            long entry = memory.load(from);
            if (entry == 0 && !memory.contains(from)) {
                return Result.fault(Result.WALK_EABT, false, level, EventRecord.CLASS_TT, from);
            }
            if (Descriptor.valid(entry) && Descriptor.table(level, entry)) {
                table = Descriptor.nextTable(entry);
                if (table >>> stage.outputBits() != 0) {
                    return Result.fault(Result.ADDR_SIZE, false, level, EventRecord.CLASS_IN, 0);
                }
                above |= entry;
                index &= (1L << Descriptor.shift(level)) - 1;
                continue;
            }
            long fault = firstLeaf(stage, level, entry);
            if (fault != CHANGED) {
                return fault;
            }
            int permissions = permissions(stage, entry, stage.hierarchy(high) ? above : 0);
            long ipa = Descriptor.output(level, entry) | (address & (1L << Descriptor.shift(level)) - 1);
            long first = Result.translation(ipa, Descriptor.shift(level), permissions);
            if (!Result.grants(first, access)) {
                return Result.fault(Result.PERMISSION, false, level, EventRecord.CLASS_IN, 0);
            }
            long result = first;
            if (stage2 != null) {
                boolean readsOnly = isAny(access) && !writes(first, ANY);
                int needed = readsOnly ? NO_WRITE | (access & PROBE) : access;
                long second = second(stage2, ipa, needed, EventRecord.CLASS_IN);
                if (Result.fault(second)) {
                    return second;
                }
                result = (access & BETWEEN) != 0 ? first : combine(first, second);
            }
            return settleFirst(stage, stage2, level, entry, at, from, result, access, last);
        }
    }

    /** The fault of the descriptor at which a walk of stage 1 ends; {@link #CHANGED} if the descriptor has no fault. */
    private static long firstLeaf(Stage1 stage, int level, long entry) {
        int fault = 0;
        if (!Descriptor.valid(entry) || !Descriptor.leaf(level, entry)) {
            fault = Result.TRANSLATION;
        } else if (Descriptor.output(level, entry) >>> stage.outputBits() != 0) {
            fault = Result.ADDR_SIZE;
        } else if ((entry & Descriptor.AF) == 0 && !stage.setsAccessFlag() && !stage.ignoresAccessFlag()) {
            fault = Result.ACCESS;
        }
        return fault == 0 ? CHANGED : Result.fault(fault, false, level, EventRecord.CLASS_IN, 0);
    }

    /**
     * What a block or page of stage 1 and the table descriptors above it grant (DDI 0487 J.a D8.4): bits 2:0 to
     * unprivileged accesses, bits 5:3 to privileged ones. A page that the hardware makes writable on the first write
     * counts as writable.
     */
    private static int permissions(Stage1 stage, long entry, long above) {
        boolean readOnly =
                ((entry & Descriptor.AP_READ_ONLY) != 0 && !(stage.setsDirtyState() && (entry & Descriptor.DBM) != 0))
                        || (above & Descriptor.AP_TABLE_READ_ONLY) != 0;
        boolean user = (entry & Descriptor.AP_UNPRIVILEGED) != 0 && (above & Descriptor.AP_TABLE_PRIVILEGED) == 0;
        int data = readOnly ? READ : READ | WRITE;
        boolean noUserExec = (entry & Descriptor.UXN) != 0
                || (above & Descriptor.UXN_TABLE) != 0
                || (stage.writableNeverExecutes() && user && !readOnly);
        // What unprivileged accesses can write is never executed by privileged ones.
        boolean noPrivilegedExec = (entry & Descriptor.PXN) != 0
                || (above & Descriptor.PXN_TABLE) != 0
                || ((stage.writableNeverExecutes() || user) && !readOnly);
        int unprivileged = (user ? data : 0) | (noUserExec ? 0 : EXEC);
        int privileged = (user && stage.privilegedNeverReachesUser() ? 0 : data) | (noPrivilegedExec ? 0 : EXEC);
        return unprivileged | privileged << PRIVILEGED;
    }

    /** Updates the descriptor if the owner asked for it, and takes the write from a page that stays clean. */
    private long settleFirst(
            Stage1 stage,
            Stage2 stage2,
            int level,
            long entry,
            long at,
            long from,
            long result,
            int access,
            boolean last) {
        boolean clean =
                stage.setsDirtyState() && (entry & Descriptor.DBM) != 0 && (entry & Descriptor.AP_READ_ONLY) != 0;
        boolean dirtied = clean && writes(result, access);
        long updated =
                (stage.setsAccessFlag() ? entry | Descriptor.AF : entry) & (dirtied ? ~Descriptor.AP_READ_ONLY : -1L);
        if (updated != entry) {
            if (stage2 != null) {
                long page = second(stage2, at, WRITE | (access & PROBE), EventRecord.CLASS_TT);
                if (Result.fault(page)) {
                    return page;
                }
            }
            if ((access & PROBE) == 0 && !memory.compareAndSet(from, entry, updated)) {
                return last ? Result.fault(Result.WALK_EABT, false, level, EventRecord.CLASS_TT, from) : CHANGED;
            }
        }
        return clean && !dirtied ? result & ~BOTH_WRITE : result;
    }

    /** Whether an access that is granted writes. {@link #ANY} writes where writing is granted. */
    private static boolean writes(long result, int access) {
        return isAny(access) ? (Result.bothPermissions(result) & BOTH_WRITE) != 0 : (access & WRITE) != 0;
    }

    private static boolean isAny(int access) {
        return (access & ~(PROBE | BETWEEN)) == ANY;
    }

    private static long combine(long first, long second) {
        return Result.translation(
                Result.address(second),
                Math.min(Result.log2(first), Result.log2(second)),
                Result.bothPermissions(first) & Result.bothPermissions(second));
    }

    // Stage 2

    private long second(Stage2 stage, long ipa, int access, int faultClass) {
        if (stage.object() != null) {
            return ObjectStage.second(stage.object(), ipa, access, faultClass);
        }
        long result = CHANGED;
        for (int i = 0; i < ATTEMPTS && result == CHANGED; i++) {
            result = attemptSecond(stage, ipa, access, faultClass, i == ATTEMPTS - 1);
        }
        return result;
    }

    private long attemptSecond(Stage2 stage, long ipa, int access, int faultClass, boolean last) {
        if (ipa >>> stage.inputBits() != 0) {
            return Result.fault(Result.TRANSLATION, true, stage.startLevel(), faultClass, ipa);
        }
        long table = stage.table();
        long index = ipa;
        for (int level = stage.startLevel(); ; level++) {
            long from = table + (index >>> Descriptor.shift(level)) * Long.BYTES;
            long entry = memory.load(from);
            if (entry == 0 && !memory.contains(from)) {
                return Result.fault(Result.WALK_EABT, true, level, faultClass, from);
            }
            if (Descriptor.valid(entry) && Descriptor.table(level, entry)) {
                table = Descriptor.nextTable(entry);
                if (table >>> stage.outputBits() != 0) {
                    return Result.fault(Result.ADDR_SIZE, true, level, faultClass, ipa);
                }
                index &= (1L << Descriptor.shift(level)) - 1;
                continue;
            }
            return secondLeaf(stage, level, entry, from, ipa, access, faultClass, last);
        }
    }

    private long secondLeaf(
            Stage2 stage, int level, long entry, long from, long ipa, int access, int faultClass, boolean last) {
        if (!Descriptor.valid(entry) || !Descriptor.leaf(level, entry)) {
            return Result.fault(Result.TRANSLATION, true, level, faultClass, ipa);
        }
        if (Descriptor.output(level, entry) >>> stage.outputBits() != 0) {
            return Result.fault(Result.ADDR_SIZE, true, level, faultClass, ipa);
        }
        if ((entry & Descriptor.AF) == 0 && !stage.setsAccessFlag() && !stage.ignoresAccessFlag()) {
            return Result.fault(Result.ACCESS, true, level, faultClass, ipa);
        }
        boolean modifiable = stage.setsDirtyState() && (entry & Descriptor.DBM) != 0;
        boolean writable = (entry & Descriptor.S2AP_WRITE) != 0;
        int granted = ((entry & Descriptor.S2AP_READ) != 0 ? READ : 0)
                | (writable || modifiable ? WRITE : 0)
                | ((entry & Descriptor.XN) == 0 ? EXEC : 0);
        long address = Descriptor.output(level, entry) | (ipa & (1L << Descriptor.shift(level)) - 1);
        long result = Result.translation(address, Descriptor.shift(level), granted | granted << PRIVILEGED);
        boolean device = faultClass == EventRecord.CLASS_TT && stage.protectsWalks() && Descriptor.device(entry);
        if (device || !Result.grants(result, access)) {
            return Result.fault(Result.PERMISSION, true, level, faultClass, ipa);
        }
        boolean clean = modifiable && !writable;
        boolean dirtied = clean && writes(result, access);
        long updated = (stage.setsAccessFlag() ? entry | Descriptor.AF : entry) | (dirtied ? Descriptor.S2AP_WRITE : 0);
        if (updated != entry && (access & PROBE) == 0 && !memory.compareAndSet(from, entry, updated)) {
            return last ? Result.fault(Result.WALK_EABT, true, level, faultClass, from) : CHANGED;
        }
        return clean && !dirtied ? result & ~BOTH_WRITE : result;
    }
}
