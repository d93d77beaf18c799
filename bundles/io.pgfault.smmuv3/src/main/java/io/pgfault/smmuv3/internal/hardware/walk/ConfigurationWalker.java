// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.smmuv3.spec.table.LevelOne;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;
import java.util.function.IntFunction;

/**
 * Finds the configuration of a transaction: stream table, stream table entry, context descriptor (IHI 0070 F.b §3.3,
 * §5.1 to §5.4; rule T04). The order of checks is that of §7.3.22.
 *
 * <p>Any thread; no lock. A walk allocates its {@link Configuration}, which a cache keeps. Nothing throws, whatever the
 * memory holds.
 */
public final class ConfigurationWalker {
    /** Bits of a SubstreamID (IDR1.SSIDSIZE). */
    public static final int SUBSTREAM_BITS = 20;

    private static final int L2_4K = 6;
    private static final int L2_64K = 10;
    private static final long SMALL_TABLE = 64;

    private final PhysicalMemory streams;
    private final Below physical;
    private final IntFunction<StageTables.Nested> clients;

    /**
     * Where context descriptors and the tables of a first stage are.
     *
     * @param memory that physical addresses name
     * @param walker of that memory
     * @param secondStage the object that is the second stage; {@code null} for a second stage of bytes, or none
     */
    private record Below(PhysicalMemory memory, Walker walker, PageTable secondStage) {
        Below(PhysicalMemory memory, PageTable secondStage) {
            this(memory, new Walker(memory), secondStage);
        }
    }

    /**
     * A walker.
     *
     * @param streams the memory of the stream table
     * @param memory the memory of context descriptors and translation tables; the same memory unless a client owns them
     */
    public ConfigurationWalker(PhysicalMemory streams, PhysicalMemory memory) {
        this(streams, memory, vmid -> null);
    }

    /**
     * A walker for a unit with clients.
     *
     * @param clients what a VMID stands for, {@code null} for tables in {@code memory}
     */
    public ConfigurationWalker(PhysicalMemory streams, PhysicalMemory memory, IntFunction<StageTables.Nested> clients) {
        this.streams = streams;
        this.physical = new Below(memory, null);
        this.clients = clients;
    }

    /**
     * Walks the tables for a transaction.
     *
     * @param streamId 32 bits, unsigned
     * @param substreamId a SubstreamID, or {@link Pasid#NONE}
     */
    public Configuration walk(StreamTables tables, int streamId, int substreamId) {
        long id = Integer.toUnsignedLong(streamId);
        if (id >>> tables.log2() != 0) {
            return fault(EventId.C_BAD_STREAMID);
        }
        long entry = tables.base() & -((long) StreamTableEntry.BYTES << tables.log2());
        if (tables.twoLevel()) {
            long first = id >>> tables.split();
            int bits = Math.max(tables.log2() - tables.split(), 0);
            long at = (tables.base() & -Math.max(SMALL_TABLE, (long) LevelOne.BYTES << bits)) + LevelOne.BYTES * first;
            if (!streams.contains(at)) {
                return Configuration.fetch(EventId.F_STE_FETCH.value(), at);
            }
            long pointer = streams.load(at);
            int span = LevelOne.span(pointer);
            id &= (1L << tables.split()) - 1;
            if (span == 0 || span > LevelOne.SPAN_MAX || span > tables.split() + 1 || id >>> (span - 1) != 0) {
                return fault(EventId.C_BAD_STREAMID);
            }
            entry = LevelOne.streamTable(pointer) & -((long) StreamTableEntry.BYTES << (span - 1));
        }
        return entry(entry + StreamTableEntry.BYTES * id, substreamId);
    }

    /** The configuration behind the stream table entry at an address. */
    private Configuration entry(long at, int substreamId) {
        if (!streams.contains(at)) {
            return Configuration.fetch(EventId.F_STE_FETCH.value(), at);
        }
        return entry(streams.load(at), streams.load(at + 8), streams.load(at + 16), streams.load(at + 24), substreamId);
    }

    private Configuration entry(long word0, long word1, long word2, long word3, int substreamId) {
        if ((word0 & StreamTableEntry.V) == 0) {
            return fault(EventId.C_BAD_STE);
        }
        int config = StreamTableEntry.config(word0);
        if (config < StreamTableEntry.BYPASS) {
            return Configuration.fault(Configuration.ABORT);
        }
        boolean first = (config & 1) != 0;
        Below below = (config & 2) == 0 ? physical : below(StreamTableEntry.vmid(word2));
        Stage2 stage2 = (config & 2) == 0 ? null : Stage2.of(word2, word3, below.secondStage);
        if (((config & 2) != 0 && stage2 == null) || !legal(word0, word1, config, stage2)) {
            return fault(EventId.C_BAD_STE);
        }
        boolean present = substreamId != Pasid.NONE;
        int substreams = first ? StreamTableEntry.s1cdMax(word0) : 0;
        if (present && (substreams == 0 || substreamId >>> substreams != 0)) {
            return fault(EventId.C_BAD_SUBSTREAMID);
        }
        int unnamed = substreams == 0 ? StreamTableEntry.DSS_SUBSTREAM_0 : StreamTableEntry.s1dss(word1);
        if (!present && unnamed != StreamTableEntry.DSS_BYPASS && unnamed != StreamTableEntry.DSS_SUBSTREAM_0) {
            return fault(EventId.F_STREAM_DISABLED);
        }
        if (present && substreamId == 0 && unnamed == StreamTableEntry.DSS_SUBSTREAM_0) {
            return fault(EventId.F_STREAM_DISABLED);
        }
        if (!first || (!present && unnamed == StreamTableEntry.DSS_BYPASS)) {
            return new Configuration(0, 0, 0, null, stage2, word1, StreamTableEntry.vmid(word2));
        }
        return context(below, word0, word1, stage2, StreamTableEntry.vmid(word2), present ? substreamId : 0);
    }

    private Below below(int vmid) {
        StageTables.Nested client = clients.apply(vmid);
        return client == null ? physical : new Below(client.memory(), client.secondStage());
    }

    private static boolean legal(long word0, long word1, int config, Stage2 stage2) {
        int eats = StreamTableEntry.eats(word1);
        boolean stalls2 = stage2 != null && stage2.stalls();
        boolean split = eats == StreamTableEntry.EATS_SPLIT && (config != StreamTableEntry.NESTED || stalls2);
        boolean full = eats == StreamTableEntry.EATS_FULL && stalls2;
        boolean ats = config == StreamTableEntry.BYPASS || !(split || full);
        boolean contexts = StreamTableEntry.s1cdMax(word0) <= SUBSTREAM_BITS
                && StreamTableEntry.contextPointer(word0) >>> Stage1.OUTPUT_BITS == 0;
        return ats && ((config & 1) == 0 || contexts);
    }

    private static Configuration context(
            Below below, long word0, long word1, Stage2 stage2, int vmid, int substreamId) {
        long at = StreamTableEntry.contextPointer(word0);
        int bits = StreamTableEntry.s1cdMax(word0);
        int format = StreamTableEntry.format(word0);
        if (bits > 0 && (format == StreamTableEntry.TWO_LEVEL_4K || format == StreamTableEntry.TWO_LEVEL_64K)) {
            int second = format == StreamTableEntry.TWO_LEVEL_4K ? L2_4K : L2_64K;
            long size = Math.max(SMALL_TABLE, (long) LevelOne.BYTES << Math.max(bits - second, 0));
            long pointerAt = (at & -size) + LevelOne.BYTES * (long) (substreamId >>> second);
            long page = below.walker.locate(stage2, pointerAt, EventRecord.CLASS_CD);
            if (Result.fault(page)) {
                return stage2Fault(page, stage2);
            }
            long from = physical(page, pointerAt);
            if (!below.memory.contains(from)) {
                return Configuration.fetch(EventId.F_CD_FETCH.value(), from);
            }
            long pointer = below.memory.load(from);
            if (!LevelOne.valid(pointer) || LevelOne.contextTable(pointer) >>> Stage1.OUTPUT_BITS != 0) {
                return fault(EventId.C_BAD_SUBSTREAMID);
            }
            long table = LevelOne.contextTable(pointer) & -((long) ContextDescriptor.BYTES << second);
            at = table + ContextDescriptor.BYTES * (substreamId & (1L << second) - 1);
        } else {
            at = (at & -((long) ContextDescriptor.BYTES << bits)) + ContextDescriptor.BYTES * (long) substreamId;
        }
        return descriptor(below, at, word1, stage2, vmid);
    }

    private static Configuration descriptor(Below below, long at, long steWord1, Stage2 stage2, int vmid) {
        long page = below.walker.locate(stage2, at, EventRecord.CLASS_CD);
        if (Result.fault(page)) {
            return stage2Fault(page, stage2);
        }
        long from = physical(page, at);
        if (!below.memory.contains(from)) {
            return Configuration.fetch(EventId.F_CD_FETCH.value(), from);
        }
        Stage1 stage1 = Stage1.of(
                below.memory.load(from),
                below.memory.load(from + 8),
                below.memory.load(from + 16),
                (steWord1 & StreamTableEntry.S1STALLD) != 0);
        return stage1 == null ? fault(EventId.C_BAD_CD) : new Configuration(0, 0, 0, stage1, stage2, steWord1, vmid);
    }

    private static long physical(long page, long address) {
        return Result.address(page) | (address & 0xfff);
    }

    private static Configuration fault(EventId event) {
        return Configuration.fault(event.value());
    }

    /** A fault of stage 2 on the fetch of a context descriptor: class CD. */
    private static Configuration stage2Fault(long fault, Stage2 stage2) {
        long word1 = EventRecord.atStage2(EventRecord.word1(false, false, false, Result.faultClass(fault)));
        return new Configuration(Result.event(fault), word1, Result.address3(fault), null, stage2, 0, 0);
    }
}
