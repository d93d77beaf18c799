// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.smmuv3.spec.Registers;
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

    private static final int PAGE = 4096;

    /** How much memory for tables there may be: 1 GiB, of which what is written exists. */
    private static final long TABLES = 1L << 30;

    /** Where the queues of a unit of this process are, 32 MiB apart: the largest has 16 MiB. */
    private static final long EVENTS = 0x2_0000_0000L;

    private static final long PRI = 0x2_0200_0000L;
    private static final long COMMANDS = 0x2_0400_0000L;

    private final TableMemory tables;
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
        tables = new TableMemory(TABLES);
        contexts = guest.orElse(tables);
        events = new QueueMemory(EVENTS, sizes.eventQueue(), EventRecord.BYTES);
        pri = new QueueMemory(PRI, sizes.priQueue(), PriRecord.BYTES);
        commands = new QueueMemory(COMMANDS, sizes.commandQueue(), Command.BYTES);
    }

    /**
     * Takes all of it from memory of another owner, which hardware outside this process finds too.
     *
     * @param sizes queues of at most 64 KiB
     */
    public Memory(Sizes sizes, TableMemory owner) {
        tables = owner;
        contexts = owner;
        events = queue(owner, sizes.eventQueue(), EventRecord.BYTES);
        pri = queue(owner, sizes.priQueue(), PriRecord.BYTES);
        commands = queue(owner, sizes.commandQueue(), Command.BYTES);
    }

    private static QueueMemory queue(TableMemory owner, int log2, int recordSize) {
        int length = Math.max(PAGE, recordSize << log2);
        long address = owner.allocate(Integer.numberOfTrailingZeros(length));
        return new QueueMemory(address, owner.at(address, length), log2, recordSize);
    }

    /**
     * Checks the base registers of the queues that a value of CR0 turns on (IHI 0070 F.b §6.3.26). The model has its
     * queues in one place: a unit that is told another place would read memory that is none.
     *
     * @throws IllegalArgumentException if one names another place or size than the queue has
     */
    void checkBases(RegisterFile registers, int cr0) {
        int turned = cr0 & ~registers.get(Registers.CR0);
        if ((turned & Registers.CR0_CMDQEN) != 0) {
            checkBase(registers, Registers.CMDQ_BASE, commands, "CMDQ_BASE");
        }
        if ((turned & Registers.CR0_EVENTQEN) != 0) {
            checkBase(registers, Registers.EVENTQ_BASE, events, "EVENTQ_BASE");
        }
        if ((turned & Registers.CR0_PRIQEN) != 0) {
            checkBase(registers, Registers.PRIQ_BASE, pri, "PRIQ_BASE");
        }
    }

    private static void checkBase(RegisterFile registers, int register, QueueMemory queue, String name) {
        long base = (long) registers.get(register + Integer.BYTES) << Integer.SIZE
                | Integer.toUnsignedLong(registers.get(register));
        if (base != queue.base()) {
            throw new IllegalArgumentException(
                    "%s is 0x%x, the queue is at 0x%x; write it before CR0 turns the queue on"
                            .formatted(name, base, queue.base()));
        }
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
