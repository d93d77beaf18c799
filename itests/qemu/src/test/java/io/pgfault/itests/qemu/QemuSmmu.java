// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.smmuv3.internal.hardware.walk.StreamTables;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.QueueRegisters;
import io.pgfault.smmuv3.spec.Registers;
import java.util.ArrayList;
import java.util.List;

/** QEMU's SMMUv3 by its registers and queues (IHI 0070 F.b §6.3); the test is its software. One thread. */
final class QemuSmmu {
    private static final int IDR0 = 0x0;
    private static final int IDR1 = 0x4;
    private static final int IDR5 = 0x14;
    private static final int CR0 = 0x20;
    private static final int STRTAB_BASE = 0x80;
    private static final int STRTAB_BASE_CFG = 0x88;
    private static final int CMDQ_BASE = 0x90;
    private static final int EVENTQ_BASE = 0xa0;
    private static final int SMMUEN = 1;
    private static final int QUEUES = 0b1100;
    private static final int COMMANDS_LOG2 = 8;
    private static final int EVENTS_LOG2 = 15;
    private static final long CFGI_ALL = 0x04;
    private static final long ALL_STREAMS = 31;
    private static final long TLBI_NSNH_ALL = 0x30;
    private static final long SYNC = 0x46;

    private final QemuMachine machine;
    private final long commands;
    private final long events;
    private int producer;

    /**
     * Gives the unit its queues; translation is off.
     *
     * @param queues the address of 2 MiB, a multiple of 2 MiB, for both
     */
    QemuSmmu(QemuMachine machine, long queues) {
        this.machine = machine;
        this.commands = queues;
        this.events = queues + (1 << 20);
        machine.write64(CMDQ_BASE, commands | COMMANDS_LOG2);
        machine.write64(EVENTQ_BASE, events | EVENTS_LOG2);
        enable(false);
    }

    /**
     * What a unit has, as its identification registers say it (§6.3.1, §6.3.2, §6.3.6).
     *
     * @param stage2 IDR0.S2P
     * @param stalls whether IDR0.STALL_MODEL lets software choose
     * @param updates IDR0.HTTU: 0 nothing, 1 access flags, 2 dirty state too
     * @param ats IDR0.ATS
     * @param substreamBits IDR1.SSIDSIZE
     * @param outputCode IDR5.OAS
     */
    record Features(boolean stage2, boolean stalls, int updates, boolean ats, int substreamBits, int outputCode) {}

    Features features() {
        int idr0 = machine.read32(IDR0);
        return new Features(
                (idr0 & 1) != 0,
                (idr0 >>> 24 & 3) == 0,
                idr0 >>> 6 & 3,
                (idr0 >>> 10 & 1) != 0,
                machine.read32(IDR1) >>> 6 & 0x1f,
                machine.read32(IDR5) & 7);
    }

    /** Turns translation on or off; both queues stay on. */
    void enable(boolean on) {
        machine.write32(CR0, QUEUES | (on ? SMMUEN : 0));
    }

    /** Says where the stream table is. */
    void streams(StreamTables tables) {
        int form = tables.twoLevel() ? 1 << 16 | tables.split() << 6 : 0;
        machine.write64(STRTAB_BASE, tables.base());
        machine.write32(STRTAB_BASE_CFG, form | tables.log2());
    }

    /** Has the unit forget every table, and waits for that. */
    void invalidateAll() {
        command(CFGI_ALL, ALL_STREAMS);
        command(TLBI_NSNH_ALL, 0);
        command(SYNC, 0);
        machine.write32(Registers.CMDQ_PROD, producer);
        while (machine.read32(Registers.CMDQ_CONS) != producer) {
            if (Registers.cmdqError(machine.read32(Registers.CMDQ_CONS)) != Registers.CERROR_NONE) {
                throw new IllegalStateException(
                        "the unit refused a command: CMDQ_CONS is 0x%x".formatted(machine.read32(Registers.CMDQ_CONS)));
            }
            Thread.onSpinWait();
        }
    }

    private void command(long word0, long word1) {
        long at = commands + 16L * QueueRegisters.index(producer, COMMANDS_LOG2);
        machine.ram().store(at, word0);
        machine.ram().store(at + 8, word1);
        producer = QueueRegisters.next(producer, COMMANDS_LOG2);
    }

    /** Takes the records out of the event queue, the oldest first. */
    List<EventRecord> events() {
        List<EventRecord> taken = new ArrayList<>();
        int tail = machine.read32(Registers.EVENTQ_PROD);
        int head = machine.read32(Registers.EVENTQ_CONS);
        if (QueueRegisters.overflowed(tail, head)) {
            throw new IllegalStateException("the event queue has overflowed");
        }
        while (!QueueRegisters.isEmpty(tail, head, EVENTS_LOG2)) {
            long at = events + (long) EventRecord.BYTES * QueueRegisters.index(head, EVENTS_LOG2);
            taken.add(EventRecord.decode(machine.ram().at(at, EventRecord.BYTES), 0));
            head = QueueRegisters.next(head, EVENTS_LOG2);
        }
        machine.write32(Registers.EVENTQ_CONS, head);
        return taken;
    }
}
