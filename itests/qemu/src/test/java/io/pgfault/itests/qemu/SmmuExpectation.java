// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.itests.qemu.QemuSmmu.Features;
import io.pgfault.smmuv3.internal.hardware.walk.Configuration;
import io.pgfault.smmuv3.internal.hardware.walk.ConfigurationWalker;
import io.pgfault.smmuv3.internal.hardware.walk.Result;
import io.pgfault.smmuv3.internal.hardware.walk.StreamTables;
import io.pgfault.smmuv3.internal.hardware.walk.Walker;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.smmuv3.spec.table.Descriptor;
import io.pgfault.smmuv3.spec.table.LevelOne;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;
import java.util.List;
import java.util.Set;

/**
 * What our walkers say about a request, as an outcome with a whole event record. The walkers model a unit with every
 * feature; a field that a unit without some ignores or refuses (IHI 0070 F.b §5.2, §5.4) is changed before they read
 * it. So is what a {@link SmmuLimit} has QEMU see in another way.
 */
final class SmmuExpectation {
    private static final long EATS = 0b11L << 28;
    private static final long CLASS = 0b11L << 40;
    private static final long POINTER_BEYOND_48 = 0xffL << 48;
    private static final long BIT_51 = 1L << 51;
    private static final long HALF = 0xffff;
    private static final int UPPER_HALF = 16;
    private static final int IPS_SHIFT = 32;
    private static final int IPS_48 = 5;
    private static final int STE_WORDS = 4;
    private static final int CD_WORDS = 3;

    private final Ram ram;
    private final Features features;
    private final StreamTables tables;

    SmmuExpectation(Ram ram, Features features, StreamTables tables) {
        this.ram = ram;
        this.features = features;
        this.tables = tables;
    }

    /** The outcome of a request, if the unit has these limits. */
    SmmuOutcome of(SmmuCase c, Set<SmmuLimit> limits) {
        return record(run(c, watched(), limits), c, limits);
    }

    /** Whether a machine has nothing at all there, so that every access aborts. */
    private static boolean isEmpty(long address) {
        return (address >= 0x5000_0000L && address < 0x40_0000_0000L) || address >>> 40 != 0;
    }

    private static boolean isSteady(long address) {
        return isEmpty(address) || (address >= SmmuTables.STREAMS && address < SmmuTables.TABLES_END);
    }

    /**
     * Whether a request can be judged, whatever limits QEMU has: the walk reads no table where devices write or in
     * registers, the request writes nowhere but in data, and no table has a granule that our model lacks.
     */
    boolean judgeable(SmmuCase c, List<Set<SmmuLimit>> all) {
        for (Set<SmmuLimit> limits : all) {
            WatchedMemory memory = watched();
            SmmuOutcome outcome = run(c, memory, limits);
            if (outcome == null || memory.isUnsteady() || !isHarmless(outcome)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isHarmless(SmmuOutcome outcome) {
        return !outcome.isTranslated() || isEmpty(outcome.to()) || SmmuTables.isData(outcome.to());
    }

    private WatchedMemory watched() {
        return new WatchedMemory(ram, SmmuExpectation::isSteady);
    }

    /** The outcome; null if a granule is not the model's. */
    private SmmuOutcome run(SmmuCase c, WatchedMemory memory, Set<SmmuLimit> limits) {
        if (limits.contains(SmmuLimit.HIGH_ADDRESS) && c.address >>> 48 != 0) {
            return SmmuOutcome.SILENCE;
        }
        Configuration configuration = configuration(c, memory, limits);
        int firstLevel = tables.twoLevel() ? 1 : 0;
        if (memory.loads().size() < firstLevel + STE_WORDS) {
            return end(c, configuration, memory, limits);
        }
        long entry = memory.loads().get(firstLevel);
        long word0 = memory.peek(entry);
        long word1 = memory.peek(entry + 8);
        if ((word0 & StreamTableEntry.V) != 0 && isRefused(word0, word1)) {
            return event(c, EventId.C_BAD_STE.value(), 0, 0, 0);
        }
        if (!features.ats()) {
            memory.instead(entry + 8, word1 & ~EATS);
        }
        if (limits.contains(SmmuLimit.CONTEXT_POINTER)) {
            memory.instead(entry, word0 & ~POINTER_BEYOND_48);
        }
        memory.forget();
        configuration = configuration(c, memory, limits);
        if (memory.loads().size() < firstLevel + STE_WORDS + CD_WORDS) {
            return end(c, configuration, memory, limits);
        }
        long context = memory.loads().get(firstLevel + STE_WORDS);
        long cd = memory.peek(context);
        if (hasOtherGranule(cd)) {
            return null;
        }
        cd = withIps(cd, Math.min((int) (cd >>> IPS_SHIFT) & 7, features.outputCode()));
        memory.instead(context, cd);
        if (limits.contains(SmmuLimit.TABLE_BASE)) {
            memory.instead(context + 8, memory.peek(context + 8) & ~BIT_51);
            memory.instead(context + 16, memory.peek(context + 16) & ~BIT_51);
        }
        configuration = configuration(c, memory, limits);
        if (configuration.translates() && asksForMore(cd)) {
            return event(c, EventId.C_BAD_CD.value(), 0, 0, 0);
        }
        if (configuration.translates()) {
            limit(c, memory, context, cd, limits);
            configuration = configuration(c, memory, limits);
        }
        return end(c, configuration, memory, limits);
    }

    /** Whether an entry asks for what the unit doesn't have (§5.2.2). */
    private boolean isRefused(long word0, long word1) {
        int config = StreamTableEntry.config(word0);
        if (config <= StreamTableEntry.BYPASS) {
            return false;
        }
        return ((config & 2) != 0 && !features.stage2())
                || ((config & 1) != 0 && StreamTableEntry.s1cdMax(word0) > features.substreamBits())
                || ((config & 1) != 0 && (word1 & StreamTableEntry.S1STALLD) != 0 && !features.stalls());
    }

    /** Whether a context descriptor asks for what the unit doesn't have (§5.4.2). */
    private boolean asksForMore(long cd) {
        return ((cd & ContextDescriptor.S) != 0 && !features.stalls())
                || ((cd & ContextDescriptor.HA) != 0 && features.updates() < 1)
                || ((cd & ContextDescriptor.HD) != 0 && features.updates() < 2);
    }

    /** Whether a table in use has pages of 16 or 64 KiB, which QEMU's unit has (IDR5) and our model lacks. */
    private static boolean hasOtherGranule(long cd) {
        int granule0 = ContextDescriptor.granule0(cd);
        int granule1 = ContextDescriptor.granule1(cd);
        return ((cd & ContextDescriptor.EPD0) == 0 && (granule0 == 0b01 || granule0 == 0b10))
                || ((cd & ContextDescriptor.EPD1) == 0 && (granule1 == 0b01 || granule1 == 0b11));
    }

    private static long withIps(long cd, int code) {
        return (cd & ~(7L << IPS_SHIFT)) | (long) code << IPS_SHIFT;
    }

    /** Changes a valid context descriptor as QEMU's limits have it. */
    private static void limit(SmmuCase c, WatchedMemory memory, long at, long cd, Set<SmmuLimit> limits) {
        long changed = cd;
        if (limits.contains(SmmuLimit.NO_ACCESS_FLAG)) {
            changed |= ContextDescriptor.AFFD;
        }
        if (limits.contains(SmmuLimit.ADDRESS_SIZE)) {
            changed = withIps(changed, IPS_48);
        }
        if (limits.contains(SmmuLimit.READ_ONLY_ALONE)) {
            changed &= ~ContextDescriptor.PAN;
        }
        if (limits.contains(SmmuLimit.LOW_TTB1) && usesTtb1(c, cd)) {
            changed = (changed & ~HALF & ~(HALF << UPPER_HALF))
                    | ContextDescriptor.t1sz(cd)
                    | ContextDescriptor.EPD1
                    | ContextDescriptor.V;
            memory.instead(at + 8, memory.peek(at + 16));
        }
        memory.instead(at, changed);
    }

    /** Whether QEMU takes TTB1 for a low address: the address is none of TTB0's. */
    private static boolean usesTtb1(SmmuCase c, long cd) {
        long address = (cd & ContextDescriptor.TBI0) != 0 ? c.address << 8 >>> 8 : c.address;
        boolean first = (cd & ContextDescriptor.EPD0) == 0 && address >>> (64 - ContextDescriptor.t0sz(cd)) == 0;
        return !first && (cd & ContextDescriptor.EPD1) == 0 && address >>> (64 - ContextDescriptor.t1sz(cd)) == 0;
    }

    private Configuration configuration(SmmuCase c, WatchedMemory memory, Set<SmmuLimit> limits) {
        ConfigurationWalker walker = new ConfigurationWalker(memory, memory);
        boolean span = limits.contains(SmmuLimit.SPAN) && tables.twoLevel() && c.streamId >>> tables.log2() == 0;
        return span ? span(c, memory, walker) : walker.walk(tables, c.streamId, Pasid.NONE);
    }

    /** The two levels of a stream table as QEMU reads them. */
    private Configuration span(SmmuCase c, WatchedMemory memory, ConfigurationWalker walker) {
        long at = tables.base() + (long) LevelOne.BYTES * (c.streamId >>> tables.split());
        long pointer = memory.load(at);
        int second = c.streamId & (1 << tables.split()) - 1;
        if (LevelOne.span(pointer) == 0) {
            return fault(EventId.C_BAD_STREAMID);
        }
        if (second >>> LevelOne.span(pointer) != 0) {
            return fault(EventId.C_BAD_STE);
        }
        long entry = (pointer & -StreamTableEntry.BYTES) + (long) StreamTableEntry.BYTES * second;
        return walker.walk(new StreamTables(entry, 0, false, tables.split()), 0, Pasid.NONE);
    }

    private static Configuration fault(EventId id) {
        return new Configuration(id.value(), 0, 0, null, null, 0, 0);
    }

    private SmmuOutcome end(SmmuCase c, Configuration configuration, WatchedMemory memory, Set<SmmuLimit> limits) {
        if (configuration.event() == Configuration.ABORT) {
            return SmmuOutcome.SILENCE;
        }
        if (!configuration.translates()) {
            return event(c, configuration.event(), configuration.word1(), 0, configuration.word3());
        }
        memory.forget();
        int access = access(c, configuration, limits);
        long result = new Walker(memory).walk(configuration.stage1(), configuration.stage2(), c.address, access);
        if (limits.contains(SmmuLimit.AT_THE_TABLE) && c.write && isRefusedByTable(memory)) {
            return refused(c, configuration, EventId.F_PERMISSION.value(), EventRecord.CLASS_IN, 0);
        }
        if (limits.contains(SmmuLimit.LARGE_BLOCK) && isReservedAtLevel0(result, memory)) {
            long entry = memory.peek(memory.loads().get(0));
            long offset = (1L << Descriptor.shift(0)) - 1;
            return c.write && (entry & Descriptor.AP_READ_ONLY) != 0
                    ? refused(c, configuration, EventId.F_PERMISSION.value(), EventRecord.CLASS_IN, 0)
                    : SmmuOutcome.translated(Descriptor.output(0, entry) | (c.address & offset));
        }
        return Result.fault(result)
                ? refused(c, configuration, Result.event(result), Result.faultClass(result), Result.address3(result))
                : SmmuOutcome.translated(Result.address(result) | (c.address & 0xfff));
    }

    private static int access(SmmuCase c, Configuration configuration, Set<SmmuLimit> limits) {
        int access = c.write ? Permissions.WRITE : Permissions.READ;
        if (limits.contains(SmmuLimit.READ_ONLY_ALONE)) {
            return access | Permissions.PRIV;
        }
        boolean fetch = !c.write && StreamTableEntry.instcfg(configuration.steWord1()) == 0b11;
        boolean privileged = StreamTableEntry.privcfg(configuration.steWord1()) == 0b11;
        return (fetch ? Permissions.EXEC : access) | (privileged ? Permissions.PRIV : 0);
    }

    /** Whether the walk has ended at a descriptor of level 0 that would be a block at another level. */
    private static boolean isReservedAtLevel0(long result, WatchedMemory memory) {
        return Result.fault(result)
                && Result.level(result) == 0
                && memory.loads().size() == 1
                && (memory.peek(memory.loads().get(0)) & 0b11) == 0b01;
    }

    /** Whether a table descriptor on the way forbids writes. */
    private static boolean isRefusedByTable(WatchedMemory memory) {
        List<Long> loads = memory.loads();
        for (int i = 0; i < loads.size() - 1; i++) {
            if ((memory.peek(loads.get(i)) & Descriptor.AP_TABLE_READ_ONLY) != 0) {
                return true;
            }
        }
        return false;
    }

    /** A fault in a stage, which the context descriptor may have be silent. */
    private static SmmuOutcome refused(SmmuCase c, Configuration configuration, int id, int faultClass, long word3) {
        boolean silent =
                configuration.stage1() != null && !configuration.stage1().records();
        return silent && EventId.stallable(id)
                ? SmmuOutcome.SILENCE
                : event(c, id, EventRecord.word1(!c.write, false, false, faultClass), c.address, word3);
    }

    private static SmmuOutcome event(SmmuCase c, int id, long word1, long word2, long word3) {
        return new SmmuOutcome(-1, new EventRecord(EventRecord.word0(id, c.streamId), word1, word2, word3));
    }

    /** The outcome with its record as QEMU's limits have it. */
    private static SmmuOutcome record(SmmuOutcome outcome, SmmuCase c, Set<SmmuLimit> limits) {
        EventRecord event = outcome.event();
        if (event == null) {
            return outcome;
        }
        EventId id = event.id();
        if (limits.contains(SmmuLimit.FETCH_ADDRESS) && id.equals(EventId.F_CD_FETCH)) {
            return event(c, id.value(), event.word1(), event.word3(), 0);
        }
        return limits.contains(SmmuLimit.NO_CLASS) && id.stallable()
                ? event(c, id.value(), event.word1() & ~CLASS, event.word2(), event.word3())
                : outcome;
    }
}
