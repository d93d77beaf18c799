// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.smmuv3.spec.Registers;

/**
 * A model of one SMMUv3, enabled, with stage 1 translation, ATS and PRI, and the stall model (IHI 0070 F.b §3.12.2).
 * Software sees the hardware through its registers ({@link Mmio}), the queues in memory and interrupts. Devices see
 * {@link #translate}, {@link #pageRequest} and {@link #transact}.
 *
 * <p>Any thread. The hardware has no thread of its own: the thread that writes a register or sends a transaction does
 * the work.
 */
public final class Hardware implements Mmio {
    private final RegisterFile registers = new RegisterFile();
    private final EventQueue events;
    private final PriQueue pri;
    private final CommandConsumer commands;

    /**
     * A unit out of reset, its queues empty.
     *
     * @param memory what the hardware works in
     * @param stallMax the largest number of stalled transactions
     * @param interrupt raised when a queue stops being empty, on overflow, and on a global error
     */
    public Hardware(Memory memory, int stallMax, Interrupt interrupt) {
        events = new EventQueue(registers, memory.events(), stallMax, interrupt);
        pri = new PriQueue(registers, memory.pri(), memory.streams(), interrupt);
        commands = new CommandConsumer(registers, memory, events, interrupt);
    }

    // Software's side

    @Override
    public int read(int offset) {
        return registers.get(offset);
    }

    @Override
    public void write(int offset, int value) {
        switch (offset) {
            case Registers.CMDQ_PROD, Registers.GERRORN -> {
                registers.set(offset, value);
                commands.consume();
            }
            case Registers.EVENTQ_CONS -> {
                registers.set(offset, value);
                events.consumed();
            }
            case Registers.PRIQ_CONS -> {
                registers.set(offset, value);
                pri.consumed();
            }
            default -> throw new IllegalArgumentException("register 0x%x can't be written".formatted(offset));
        }
    }

    /**
     * Configures a device's stream table entry to abort (STE.Config 0b000, IHI 0070 F.b §5.2): from when this returns,
     * the device's transactions are aborted and leave no record.
     */
    public void disable(AttachedDevice device) {
        events.disable(device);
    }

    // The devices' side

    /** An ATS translation request, see {@link Upstream#translate} (IHI 0070 F.b §3.9.1). */
    public long translate(AttachedDevice device, int pasid, long address) {
        PageTable table = device.enabled() ? device.pageTable(pasid) : null;
        return table == null ? Translation.NONE : table.walk(address);
    }

    /** A page request message, see {@link Upstream#pageRequest} (IHI 0070 F.b §8.1). */
    public void pageRequest(
            AttachedDevice device, int pasid, int prgIndex, int permissions, long address, boolean last) {
        if (!device.enabled()) {
            return;
        }
        long word0 = PriRecord.word0(
                device.streamId(),
                (permissions & Permissions.READ) != 0,
                (permissions & Permissions.WRITE) != 0,
                (permissions & Permissions.EXEC) != 0,
                (permissions & Permissions.PRIV) != 0,
                last);
        pri.record(
                pasid == Pasid.NONE ? word0 : PriRecord.withSubstream(word0, pasid),
                PriRecord.word1(prgIndex, address));
    }

    /**
     * An untranslated transaction, see {@link Upstream#transact}. A page that is missing or doesn't grant the access
     * stalls the transaction (IHI 0070 F.b §3.12.2). A substream without context descriptor aborts the transaction, and
     * its event is unrecoverable: C_BAD_SUBSTREAMID, or C_BAD_CD for the stream's own (§7.3.9, §7.3.11).
     *
     * <p>An event record has one RnW bit. For an access that needs both read and write, the event says write, unless
     * read is all that is missing.
     */
    public long transact(AttachedDevice device, int transaction, int pasid, int permissions, long address) {
        if (!device.enabled()) {
            return Translation.NONE;
        }
        PageTable table = device.pageTable(pasid);
        long translation = table == null ? Translation.NONE : table.walk(address);
        if (Translation.grants(translation, permissions)) {
            return translation;
        }
        int missing = permissions & ~Translation.permissions(translation);
        boolean read = (missing & Permissions.WRITE) == 0;
        boolean instruction = read && (permissions & Permissions.EXEC) != 0;
        boolean privileged = (permissions & Permissions.PRIV) != 0;
        if (table == null) {
            EventId cause = pasid == Pasid.NONE ? EventId.C_BAD_CD : EventId.C_BAD_SUBSTREAMID;
            long word1 = EventRecord.word1(read, instruction, privileged, EventRecord.CLASS_CD);
            events.record(word0(cause, device, pasid), word1, address, 0);
            return Translation.NONE;
        }
        EventId cause = Translation.permissions(translation) == 0 ? EventId.F_TRANSLATION : EventId.F_PERMISSION;
        long word1 = EventRecord.word1(read, instruction, privileged, EventRecord.CLASS_IN);
        return events.stall(device, transaction, word0(cause, device, pasid), word1, address)
                ? Upstream.STALLED
                : Translation.NONE;
    }

    private static long word0(EventId cause, AttachedDevice device, int pasid) {
        return pasid == Pasid.NONE
                ? EventRecord.word0(cause.value(), device.streamId())
                : EventRecord.word0(cause.value(), device.streamId(), pasid);
    }

    // The observers' side

    /** Feeds records into the event queue. */
    public RecordRing eventRing() {
        return events;
    }

    /** Feeds records into the PRI queue. */
    public RecordRing priRing() {
        return pri;
    }

    /** Watches the responses that the hardware consumes, until the result is closed. */
    public AutoCloseable tap(ResponseTap tap) {
        return commands.tap(tap);
    }

    /** Shows {@code tap} each record that the hardware writes to either queue, until the result is closed. */
    public AutoCloseable tapRequests(RequestTap tap) {
        AutoCloseable event = events.tap(tap);
        AutoCloseable request = pri.tap(tap);
        return () -> {
            event.close();
            request.close();
        };
    }

    /** How many transactions are stalled now. */
    public int outstandingStalls() {
        return events.outstanding();
    }

    /**
     * From when this returns, nothing is recorded, and no thread waits for room or for a tag. Commands still execute.
     */
    public void close() {
        events.close();
        pri.close();
    }
}
