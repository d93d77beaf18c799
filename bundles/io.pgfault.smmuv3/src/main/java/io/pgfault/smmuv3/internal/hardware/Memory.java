// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.PriRecord;
import java.util.Optional;

/**
 * What software gives a unit to work in: the memory in which driver and hardware meet. Any thread.
 *
 * <p>Beside the queues and the tables, the memory has one 32-bit word at {@link #SYNC_ADDRESS}. The hardware
 * writes MSIData there when a CMD_SYNC completes (IHI 0070 F.b §4.7.3). The word is the only such target of a unit.
 */
public final class Memory {
    /** The MSIAddress of the sync word, in bytes. */
    public static final long SYNC_ADDRESS = 0x1000;

    /** How much memory for tables there may be: 1 GiB, of which what is written exists. */
    private static final long TABLES = 1L << 30;

    private final TableMemory tables = new TableMemory(TABLES);
    private final TableMemory contexts;
    private final QueueMemory events;
    private final QueueMemory pri;
    private final QueueMemory commands;
    private final DeviceTable devices = new DeviceTable();
    /** The thread that executes commands writes it; threads that wait for a CMD_SYNC read it. */
    private volatile int syncWord;

    /** Allocates all of it, the queues empty. */
    public Memory(Sizes sizes) {
        this(sizes, Optional.empty());
    }

    /**
     * Allocates all of it but the memory that holds the context descriptors.
     *
     * @param guest a part of a guest's memory, of which a host reads the descriptors; empty: the unit's own memory
     */
    public Memory(Sizes sizes, Optional<TableMemory> guest) {
        contexts = guest.orElse(tables);
        events = new QueueMemory(sizes.eventQueue(), EventRecord.BYTES);
        pri = new QueueMemory(sizes.priQueue(), PriRecord.BYTES);
        commands = new QueueMemory(sizes.commandQueue(), Command.BYTES);
    }

    /** The event queue. */
    public QueueMemory events() {
        return events;
    }

    /** The PRI queue. */
    public QueueMemory pri() {
        return pri;
    }

    /** The command queue. */
    public QueueMemory commands() {
        return commands;
    }

    /** The memory of the stream table. */
    public TableMemory tables() {
        return tables;
    }

    /** The memory of the tables of context descriptors: {@link #tables}, or a part of a guest's memory. */
    public TableMemory contexts() {
        return contexts;
    }

    /** Whether the context descriptors lie in a guest's memory, where a host finds them. */
    public boolean isGuest() {
        return contexts != tables;
    }

    /** The devices behind the unit. */
    public DeviceTable devices() {
        return devices;
    }

    /** The MSIData that the hardware wrote last. */
    public int syncWord() {
        return syncWord;
    }

    void syncWord(int msiData) {
        syncWord = msiData;
    }
}
