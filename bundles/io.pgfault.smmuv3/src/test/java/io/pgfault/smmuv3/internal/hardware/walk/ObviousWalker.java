// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

/**
 * The walk as the architecture's text tells it, bit by bit, written from the text and without the code under test: DDI
 * 0487 J.a D8 and IHI 0070 F.b §3.4, §5.2, §5.4. Slow, and it allocates.
 */
final class ObviousWalker {
    /** How a walk ended: {@code event} is {@code null} for a translation. */
    record Outcome(
            String event,
            boolean stage2,
            int level,
            String faultClass,
            long word3,
            long address,
            int log2,
            String grants) {
        static Outcome fault(String event, boolean stage2, int level, String faultClass, long word3) {
            return new Outcome(event, stage2, level, faultClass, word3, 0, 0, "");
        }
    }

    private record Rights(boolean ur, boolean uw, boolean ux, boolean pr, boolean pw, boolean px) {
        Rights and(Rights o) {
            return new Rights(ur && o.ur, uw && o.uw, ux && o.ux, pr && o.pr, pw && o.pw, px && o.px);
        }

        boolean grant(int access) {
            boolean privileged = bit(access, 3);
            return (!bit(access, 0) || (privileged ? pr : ur))
                    && (!bit(access, 1) || (privileged ? pw : uw))
                    && (!bit(access, 2) || (privileged ? px : ux));
        }

        Rights clean() {
            return new Rights(ur, false, ux, pr, false, px);
        }

        @Override
        public String toString() {
            return (ur ? "r" : "-")
                    + (uw ? "w" : "-")
                    + (ux ? "x" : "-")
                    + (pr ? "R" : "-")
                    + (pw ? "W" : "-")
                    + (px ? "X" : "-");
        }
    }

    private record Mapped(long address, int log2, Rights rights) {}

    private static final class Fault extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Outcome outcome;

        Fault(String event, boolean stage2, int level, String faultClass, long word3) {
            this.outcome = Outcome.fault(event, stage2, level, faultClass, word3);
        }
    }

    private final WordMemory memory;
    private final long[] cd;
    private final long[] ste;

    /** {@code cd} and {@code ste} are {@code null} for a stage that doesn't translate. */
    ObviousWalker(WordMemory memory, long[] cd, long[] ste) {
        this.memory = memory;
        this.cd = cd;
        this.ste = ste;
    }

    static boolean bit(long word, int n) {
        return (word >>> n & 1) == 1;
    }

    static long field(long word, int high, int low) {
        long value = 0;
        for (int i = high; i >= low; i--) {
            value = value * 2 + (bit(word, i) ? 1 : 0);
        }
        return value;
    }

    private static int outputBits(long code) {
        int[] sizes = {32, 36, 40, 42, 44, 48, 48, 48};
        return sizes[(int) code];
    }

    private static int lowBit(int level) {
        return new int[] {39, 30, 21, 12}[level];
    }

    Outcome walk(long address, int access) {
        try {
            Mapped mapped = cd == null ? bypass(address, access) : stage1(address, access);
            return new Outcome(
                    null, false, 0, "", 0, mapped.address >>> 12 << 12, mapped.log2, mapped.rights.toString());
        } catch (Fault fault) {
            return fault.outcome;
        }
    }

    /** The page of a context descriptor. */
    Outcome locate(long address) {
        try {
            return new Outcome(null, false, 0, "", 0, stage2(address, 1, false, "CD").address >>> 12 << 12, 12, "");
        } catch (Fault fault) {
            return fault.outcome;
        }
    }

    private Mapped bypass(long address, int access) throws Fault {
        if (field(address, 63, 48) != 0) {
            throw new Fault("F_ADDR_SIZE", false, 0, "IN", 0);
        }
        return stage2(address, access, access == 0, "IN");
    }

    private Mapped stage1(long address, int access) throws Fault {
        boolean high = bit(address, 55);
        if (bit(cd[0], high ? 30 : 14)) {
            throw new Fault("F_TRANSLATION", false, 0, "IN", 0);
        }
        int size = 64 - (int) (high ? field(cd[0], 21, 16) : field(cd[0], 5, 0));
        for (int i = size; i < (bit(cd[0], high ? 39 : 38) ? 56 : 64); i++) {
            if (bit(address, i) != high) {
                throw new Fault("F_TRANSLATION", false, 0, "IN", 0);
            }
        }
        int level = size <= 30 ? 2 : size <= 39 ? 1 : 0;
        int top = size - 1;
        long table = field(cd[high ? 2 : 1], 51, 4) * 16;
        long bytes = 8L << (top - lowBit(level) + 1);
        table -= table % bytes;
        boolean hierarchical = !bit(cd[high ? 2 : 1], 1);
        boolean tableReadOnly = false;
        boolean tablePrivileged = false;
        boolean tableUxn = false;
        boolean tablePxn = false;
        int ips = outputBits(field(cd[0], 34, 32));
        while (true) {
            long at = table + 8 * field(address, top, lowBit(level));
            long from = at;
            if (ste != null) {
                from = stage2(at, 1, false, "TT").address;
            }
            if (!memory.contains(from)) {
                throw new Fault("F_WALK_EABT", false, level, "TT", from);
            }
            long entry = memory.load(from);
            if (!bit(entry, 0)) {
                throw new Fault("F_TRANSLATION", false, level, "IN", 0);
            }
            if (level < 3 && bit(entry, 1)) {
                table = field(entry, 47, 12) * 4096;
                if (field(table, 63, ips) != 0) {
                    throw new Fault("F_ADDR_SIZE", false, level, "IN", 0);
                }
                tableReadOnly |= hierarchical && bit(entry, 62);
                tablePrivileged |= hierarchical && bit(entry, 61);
                tableUxn |= hierarchical && bit(entry, 60);
                tablePxn |= hierarchical && bit(entry, 59);
                top = lowBit(level) - 1;
                level++;
                continue;
            }
            if (level == 0 || (level == 3 && !bit(entry, 1))) {
                throw new Fault("F_TRANSLATION", false, level, "IN", 0);
            }
            int low = lowBit(level);
            long ipa = (field(entry, 47, low) << low) + field(address, low - 1, 0);
            if (field(field(entry, 47, low) << low, 63, ips) != 0) {
                throw new Fault("F_ADDR_SIZE", false, level, "IN", 0);
            }
            boolean ha = bit(cd[0], 43);
            boolean hd = ha && bit(cd[0], 42);
            if (!bit(entry, 10) && !ha && !bit(cd[0], 35)) {
                throw new Fault("F_ACCESS", false, level, "IN", 0);
            }
            boolean clean = hd && bit(entry, 51) && bit(entry, 7);
            boolean writable = (!bit(entry, 7) || clean) && !tableReadOnly;
            boolean user = bit(entry, 6) && !tablePrivileged;
            boolean wxn = bit(cd[0], 36);
            boolean pan = bit(cd[0], 40);
            Rights rights = new Rights(
                    user,
                    user && writable,
                    !bit(entry, 54) && !tableUxn && !(wxn && user && writable),
                    !(pan && user),
                    writable && !(pan && user),
                    !bit(entry, 53) && !tablePxn && !(user && writable) && !(wxn && writable));
            if (!rights.grant(access)) {
                throw new Fault("F_PERMISSION", false, level, "IN", 0);
            }
            Mapped mapped = new Mapped(ipa, low, rights);
            if (ste != null) {
                boolean mayWrite = access == 0 && (rights.uw || rights.pw);
                Mapped second = stage2(ipa, access, mayWrite, "IN");
                mapped = new Mapped(second.address, Math.min(low, second.log2), rights.and(second.rights));
            }
            boolean writes = access == 0 ? mapped.rights.uw || mapped.rights.pw : bit(access, 1);
            long updated = entry;
            if (ha && !bit(updated, 10)) {
                updated += 1L << 10;
            }
            if (clean && writes) {
                updated -= 1L << 7;
            }
            if (updated != entry) {
                if (ste != null) {
                    stage2(at, 2, false, "TT");
                }
                memory.words.put(from, updated);
            }
            return clean && !writes ? new Mapped(mapped.address, mapped.log2, mapped.rights.clean()) : mapped;
        }
    }

    private Mapped stage2(long ipa, int access, boolean mayWrite, String faultClass) throws Fault {
        int size = 64 - (int) field(ste[2], 37, 32);
        int level = 2 - (int) field(ste[2], 39, 38);
        long page = ipa >>> 12 << 12;
        if (field(ipa, 63, size) != 0) {
            throw new Fault("F_TRANSLATION", true, level, faultClass, page);
        }
        int top = size - 1;
        long table = field(ste[3], 51, 4) * 16;
        long bytes = 8L << (top - lowBit(level) + 1);
        table -= table % bytes;
        int ps = outputBits(field(ste[2], 50, 48));
        while (true) {
            long at = table + 8 * field(ipa, top, lowBit(level));
            if (!memory.contains(at)) {
                throw new Fault("F_WALK_EABT", true, level, faultClass, at);
            }
            long entry = memory.load(at);
            if (!bit(entry, 0)) {
                throw new Fault("F_TRANSLATION", true, level, faultClass, page);
            }
            if (level < 3 && bit(entry, 1)) {
                table = field(entry, 47, 12) * 4096;
                if (field(table, 63, ps) != 0) {
                    throw new Fault("F_ADDR_SIZE", true, level, faultClass, page);
                }
                top = lowBit(level) - 1;
                level++;
                continue;
            }
            if (level == 0 || (level == 3 && !bit(entry, 1))) {
                throw new Fault("F_TRANSLATION", true, level, faultClass, page);
            }
            int low = lowBit(level);
            long block = field(entry, 47, low) << low;
            if (field(block, 63, ps) != 0) {
                throw new Fault("F_ADDR_SIZE", true, level, faultClass, page);
            }
            boolean ha = bit(ste[2], 56);
            boolean hd = ha && bit(ste[2], 55);
            if (!bit(entry, 10) && !ha && !bit(ste[2], 53)) {
                throw new Fault("F_ACCESS", true, level, faultClass, page);
            }
            boolean clean = hd && bit(entry, 51) && !bit(entry, 7);
            boolean r = bit(entry, 6);
            boolean w = bit(entry, 7) || clean;
            boolean x = !bit(entry, 54);
            Rights rights = new Rights(r, w, x, r, w, x);
            boolean device = faultClass.equals("TT") && bit(ste[2], 54) && field(entry, 5, 4) == 0;
            if (device || !rights.grant(access)) {
                throw new Fault("F_PERMISSION", true, level, faultClass, page);
            }
            boolean writes = mayWrite ? w : bit(access, 1);
            long updated = entry;
            if (ha && !bit(updated, 10)) {
                updated += 1L << 10;
            }
            if (clean && writes) {
                updated += 1L << 7;
            }
            memory.words.put(at, updated);
            return new Mapped(block + field(ipa, low - 1, 0), low, clean && !writes ? rights.clean() : rights);
        }
    }
}
