// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.spec.Registers;
import io.pgfault.smmuv3.spec.table.LevelOne;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;
import java.util.HashMap;
import java.util.Map;

/**
 * The stream table, two levels (IHI 0070 F.b §5.1, §5.2): bytes, and no invalidation. A
 * second-level table of 1024 entries exists from the first device in it on, and stays. Any thread; one thread at a time
 * changes an entry.
 */
public final class StreamTable {
    private static final int SPLIT = 10;
    /** Tables are whole pages. */
    private static final int PAGE_LOG2 = 12;

    private static final int SECOND_LOG2 = SPLIT + 6;

    private final TableMemory memory;
    private final int streamBits;
    private final long first;
    /** Second-level tables by the upper bits of a StreamID. Guarded by the monitor. */
    private final Map<Integer, Long> second = new HashMap<>();

    /**
     * An empty stream table in {@code memory}.
     *
     * @param streamBits bits of a StreamID, at least 10
     */
    public StreamTable(TableMemory memory, int streamBits) {
        this.memory = memory;
        this.streamBits = streamBits;
        this.first = memory.allocate(Math.max(PAGE_LOG2, streamBits - SPLIT + 3));
    }

    /** The value of {@link Registers#STRTAB_BASE}, 64 bits. */
    public long base() {
        return first;
    }

    /** The value of {@link Registers#STRTAB_BASE_CFG}. */
    public int config() {
        return Registers.strtab(streamBits, SPLIT);
    }

    /** Writes an entry that aborts or isn't valid, the word with its valid bit last. The caller invalidates it. */
    void put(int streamId, StreamTableEntry entry) {
        long at = entry(streamId);
        memory.store(at + 3 * Long.BYTES, entry.word3());
        memory.store(at + 2 * Long.BYTES, entry.word2());
        memory.store(at + Long.BYTES, entry.word1());
        memory.store(at, entry.word0());
    }

    /** Changes word 1 of an entry, in one access. The caller invalidates the entry. */
    void word1(int streamId, long word1) {
        memory.store(entry(streamId) + Long.BYTES, word1);
    }

    /** Has the entry abort transactions, without an event. The caller invalidates it. */
    void abort(int streamId) {
        memory.store(entry(streamId), StreamTableEntry.V);
    }

    /** Makes the entry invalid. The caller invalidates it. */
    void clear(int streamId) {
        memory.store(entry(streamId), 0);
    }

    /** The entry as the table has it. */
    StreamTableEntry get(int streamId) {
        long at = entry(streamId);
        return new StreamTableEntry(
                memory.load(at),
                memory.load(at + Long.BYTES),
                memory.load(at + 2 * Long.BYTES),
                memory.load(at + 3 * Long.BYTES));
    }

    private synchronized long entry(int streamId) {
        int upper = streamId >>> SPLIT;
        Long table = second.get(upper);
        if (table == null) {
            table = memory.allocate(SECOND_LOG2);
            second.put(upper, table);
            memory.store(first + (long) upper * LevelOne.BYTES, LevelOne.streams(table, SPLIT + 1));
        }
        return table + (streamId & (1L << SPLIT) - 1) * StreamTableEntry.BYTES;
    }
}
