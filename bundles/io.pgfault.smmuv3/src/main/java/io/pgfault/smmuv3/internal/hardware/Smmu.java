// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.smmuv3.spec.Registers;

/**
 * A model of one SMMUv3, enabled, with stage 1 translation and the stall model. Software sees it through its registers
 * ({@link Mmio}), the rings in memory and interrupts; devices through {@link #translate}, {@link #pageRequest} and {@link
 * #transact}. Any thread. It has no thread of its own: work is done by who writes a register or sends a transaction.
 */
public final class Smmu implements Mmio {
    private final RegisterFile registers = new RegisterFile();
    private final EventQueue events;
    private final PriQueue pri;
    private final CommandConsumer commands;

    /**
     * A unit out of reset, its queues empty.
     *
     * @param memory what it works in
     * @param stallMax the largest number of stalled transactions
     * @param interrupt raised when a queue stops being empty, on overflow, and on a global error
     */
    public Smmu(UnitMemory memory, int stallMax, Interrupt interrupt) {
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

    /** Invalidates a stream table entry: its transactions are aborted from now on and leave no records. */
    public void disable(Stream stream) {
        events.disable(stream);
    }

    // The devices' side

    /** An ATS translation request, see {@link Upstream#translate}. */
    public long translate(Stream stream, int pasid, long address) {
        PageTable table = stream.enabled() ? stream.pageTable(pasid) : null;
        return table == null ? Translation.NONE : table.walk(address);
    }

    /** A page request message, see {@link Upstream#pageRequest}. */
    public void pageRequest(Stream stream, int pasid, int prgIndex, int permissions, long address, boolean last) {
        if (!stream.enabled()) {
            return;
        }
        long word0 = PriRecord.word0(
                stream.id(),
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
     * An untranslated transaction, see {@link Upstream#transact}. A page that is missing or doesn't grant the access stalls
     * it; a substream without context descriptor aborts it with an event that nobody can answer (C_BAD_SUBSTREAMID, or
     * C_BAD_CD for the stream's own). An event says read or write: of an access that needs both, the write, unless just
     * the read is what the page doesn't grant.
     */
    public long transact(Stream stream, int transaction, int pasid, int permissions, long address) {
        if (!stream.enabled()) {
            return Translation.NONE;
        }
        PageTable table = stream.pageTable(pasid);
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
            events.record(word0(cause, stream, pasid), word1, address, 0);
            return Translation.NONE;
        }
        EventId cause = Translation.permissions(translation) == 0 ? EventId.F_TRANSLATION : EventId.F_PERMISSION;
        long word1 = EventRecord.word1(read, instruction, privileged, EventRecord.CLASS_IN);
        return events.stall(stream, transaction, word0(cause, stream, pasid), word1, address)
                ? Upstream.STALLED
                : Translation.NONE;
    }

    private static long word0(EventId cause, Stream stream, int pasid) {
        return pasid == Pasid.NONE
                ? EventRecord.word0(cause.value(), stream.id())
                : EventRecord.word0(cause.value(), stream.id(), pasid);
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

    /** Watches the responses that are consumed, until the result is closed. */
    public AutoCloseable tap(ResponseTap tap) {
        return commands.taps().add(tap);
    }

    /** How many transactions are stalled now. */
    public int outstandingStalls() {
        return events.outstanding();
    }

    /** Nothing is recorded any more, and nobody waits for room or for a tag. Commands are still consumed. */
    public void close() {
        events.close();
        pri.close();
    }
}
