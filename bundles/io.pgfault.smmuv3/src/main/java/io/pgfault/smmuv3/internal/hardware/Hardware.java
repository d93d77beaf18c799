// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.parts.Walkers;
import io.pgfault.smmuv3.internal.hardware.remap.Configured;
import io.pgfault.smmuv3.internal.hardware.remap.DomainTables;
import io.pgfault.smmuv3.internal.hardware.remap.Faults;
import io.pgfault.smmuv3.internal.hardware.remap.Remapping;
import io.pgfault.smmuv3.internal.hardware.walk.Configuration;
import io.pgfault.smmuv3.internal.hardware.walk.ObjectStage;
import io.pgfault.smmuv3.internal.hardware.walk.Result;
import io.pgfault.smmuv3.internal.hardware.walk.StreamTables;
import io.pgfault.smmuv3.internal.hardware.walk.Walker;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.smmuv3.spec.Registers;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;

/**
 * A model of one SMMUv3 with both stages of translation, ATS and PRI, and the stall model (IHI 0070 F.b §3.12.2).
 * Translation is off after reset; the queues work. Software sees the hardware through its registers ({@link Mmio}), the
 * queues and tables in memory, and interrupts. Devices see {@link #translate}, {@link #pageRequest} and {@link
 * #transact}.
 *
 * <p>Any thread. The hardware has no thread of its own: the thread that writes a register or sends a transaction does
 * the work.
 */
public final class Hardware implements Mmio {
    private final RegisterFile registers = new RegisterFile();
    private static final int STREAM_BITS = 32;
    private static final long STRTAB_LOW = 0xffff_ffc0L;
    private static final long STRTAB_HIGH = 0xf_ffff;
    private static final int ALL = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    private final DomainTables domains = new DomainTables();
    private final Memory memory;
    private final Remapping remapping;
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
        this.memory = memory;
        registers.set(Registers.IDR0, Registers.IDR0_VALUE);
        registers.set(Registers.IDR1, Registers.IDR1_VALUE);
        registers.set(Registers.IDR5, Registers.IDR5_VALUE);
        remapping = new Remapping(memory.tables(), memory.contexts(), domains);
        events = new EventQueue(registers, memory.events(), stallMax, interrupt);
        pri = new PriQueue(registers, memory.pri(), memory.devices(), interrupt);
        commands = new CommandConsumer(registers, memory, events, remapping.invalidations(), interrupt);
    }

    // Software's side

    /** What ASIDs and VMIDs stand for; software says it before it writes an entry. */
    public DomainTables domains() {
        return domains;
    }

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
            case Registers.STRTAB_BASE,
                    Registers.STRTAB_BASE + Integer.BYTES,
                    Registers.STRTAB_BASE_CFG,
                    Registers.CMDQ_BASE,
                    Registers.CMDQ_BASE + Integer.BYTES,
                    Registers.EVENTQ_BASE,
                    Registers.EVENTQ_BASE + Integer.BYTES,
                    Registers.PRIQ_BASE,
                    Registers.PRIQ_BASE + Integer.BYTES,
                    Registers.CR1 -> registers.set(offset, value);
            case Registers.CMDQ_CONS, Registers.EVENTQ_PROD, Registers.PRIQ_PROD -> {
                // The hardware's ends of the queues: software sets them while the queue is off (§6.3.28).
                if ((registers.get(Registers.CR0) & queueEnable(offset)) != 0) {
                    throw new IllegalArgumentException(
                            "register 0x%x can't be written while its queue is on; clear its bit of CR0 first"
                                    .formatted(offset));
                }
                registers.set(offset, value);
            }
            case Registers.IRQ_CTRL -> {
                registers.set(offset, value);
                registers.set(Registers.IRQ_CTRLACK, value);
            }
            case Registers.CR0 -> {
                memory.checkBases(registers, value);
                registers.set(offset, value);
                enable((value & Registers.CR0_SMMUEN) != 0);
                registers.set(Registers.CR0ACK, value);
            }
            default -> throw new IllegalArgumentException("register 0x%x can't be written".formatted(offset));
        }
    }

    private static int queueEnable(int index) {
        return switch (index) {
            case Registers.CMDQ_CONS -> Registers.CR0_CMDQEN;
            case Registers.EVENTQ_PROD -> Registers.CR0_EVENTQEN;
            default -> Registers.CR0_PRIQEN;
        };
    }

    private void enable(boolean on) {
        if (!on) {
            remapping.disable();
        } else if (!remapping.isEnabled()) {
            long low = Integer.toUnsignedLong(registers.get(Registers.STRTAB_BASE)) & STRTAB_LOW;
            long high = registers.get(Registers.STRTAB_BASE + Integer.BYTES) & STRTAB_HIGH;
            int config = registers.get(Registers.STRTAB_BASE_CFG);
            remapping.enable(new StreamTables(
                    high << Integer.SIZE | low,
                    Math.min(Registers.strtabLog2(config), STREAM_BITS),
                    Registers.strtabTwoLevel(config),
                    Registers.strtabSplit(config)));
        }
    }

    /**
     * Has the hardware look at nothing more that a device sends (as STE.Config 0b000 does, IHI 0070 F.b §5.2): from
     * when this returns, the device's transactions are aborted and leave no record.
     */
    public void disable(AttachedDevice device) {
        events.disable(device);
    }

    // The devices' side

    /**
     * An ATS translation request, see {@link Upstream#translate} (IHI 0070 F.b §3.9.1). What a page request can mend
     * leaves no record.
     */
    public long translate(AttachedDevice device, int pasid, long address) {
        if (!takes(device, pasid)) {
            return Translation.NONE;
        }
        if (!remapping.isEnabled()) {
            return Translation.of(address, ALL);
        }
        Configured with;
        boolean allowed;
        long result = 0;
        Walkers.Turn walk = remapping.walkers().own();
        walk.begin();
        try {
            long began = remapping.generation();
            with = remapping.configuration(device.streamId(), pasid);
            allowed = with.translates()
                    && StreamTableEntry.eats(with.configuration().steWord1()) == StreamTableEntry.EATS_FULL;
            if (allowed) {
                result = walk(began, with, address, Walker.ANY);
            }
        } finally {
            walk.end();
        }
        if (!with.translates()) {
            if (!Faults.isTranslation(with.configuration())) {
                recordConfiguration(with, device, pasid, address, Permissions.READ);
            }
            return Translation.NONE;
        }
        if (!allowed) {
            events.record(word0(EventId.F_BAD_ATS_TREQ.value(), device, pasid), 0, address, 0);
            return Translation.NONE;
        }
        if (with.object() != null) {
            return result;
        }
        if (!Result.fault(result)) {
            int granted = Result.permissions(result, false);
            return granted == 0 ? Translation.NONE : Translation.of(Result.address(result), granted);
        }
        if (!EventId.stallable(Result.event(result))) {
            recordWalk(result, device, pasid, address, Faults.accessBits(Permissions.READ, 0));
        }
        return Translation.NONE;
    }

    /** The {@link Translation} of a first stage that is an object, else a {@link Result}. */
    private long walk(long began, Configured with, long address, int access) {
        return with.object() != null ? with.object().walk(address) : remapping.translate(began, with, address, access);
    }

    /** Whether the hardware looks at a transaction; the device's PASID is noted before any table is read. */
    private static boolean takes(AttachedDevice device, int pasid) {
        if (!device.enabled()) {
            return false;
        }
        if (pasid != Pasid.NONE) {
            if (!Pasid.isValid(pasid)) {
                return false;
            }
            device.asked().add(pasid);
        }
        return true;
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
     * An untranslated transaction, see {@link Upstream#transact}. A fault of translation tables stalls the transaction
     * if the context descriptor, or the stream table entry for stage 2, says so (IHI 0070 F.b §3.12.2); else, and for
     * every other fault, the transaction is aborted, and its event recorded.
     */
    public long transact(AttachedDevice device, int transaction, int pasid, int permissions, long address) {
        if (!takes(device, pasid)) {
            return Translation.NONE;
        }
        if (!remapping.isEnabled()) {
            return Translation.of(address, ALL);
        }
        Configured with;
        int access = 0;
        long result = 0;
        Walkers.Turn walk = remapping.walkers().own();
        walk.begin();
        try {
            long began = remapping.generation();
            with = remapping.configuration(device.streamId(), pasid);
            if (with.translates()) {
                access = Remapping.seen(with, permissions);
                result = walk(began, with, address, access);
            }
        } finally {
            walk.end();
        }
        if (!with.translates()) {
            return withoutConfiguration(with, device, transaction, pasid, permissions, address);
        }
        long fault;
        int missing = 0;
        if (with.object() != null) {
            if (Translation.grants(result, access)) {
                return result;
            }
            fault = ObjectStage.fault(result);
            missing = access & ~Translation.permissions(result);
        } else {
            if (!Result.fault(result)) {
                boolean privileged = (access & Permissions.PRIV) != 0;
                return Translation.of(Result.address(result), Result.permissions(result, privileged));
            }
            fault = result;
        }
        long word1 = Faults.word1(fault, access, missing);
        if (!EventId.stallable(Result.event(fault))) {
            recordWalk(fault, device, pasid, address, word1);
            return Translation.NONE;
        }
        return terminate(
                with,
                Result.stage2(fault),
                device,
                transaction,
                word0(Result.event(fault), device, pasid),
                word1,
                address,
                Result.address3(fault));
    }

    private long withoutConfiguration(
            Configured with, AttachedDevice device, int transaction, int pasid, int access, long address) {
        if (!Faults.isTranslation(with.configuration())) {
            recordConfiguration(with, device, pasid, address, access);
            return Translation.NONE;
        }
        return terminate(
                with,
                true,
                device,
                transaction,
                word0(with.configuration().event(), device, pasid),
                with.configuration().word1() | Faults.accessBits(access, 0),
                address,
                with.configuration().word3());
    }

    /** Stalls a transaction, or aborts it, as the tables say. */
    private long terminate(
            Configured with,
            boolean atStage2,
            AttachedDevice device,
            int transaction,
            long word0,
            long word1,
            long address,
            long word3) {
        if (Faults.stalls(with.configuration(), atStage2)) {
            return events.stall(device, transaction, word0, word1, address, word3)
                    ? Upstream.STALLED
                    : Translation.NONE;
        }
        if (Faults.records(with.configuration(), atStage2)) {
            events.record(word0, word1, address, word3);
        }
        return Translation.NONE;
    }

    /** Records that a descriptor of translation tables could not be fetched: F_WALK_EABT. */
    private void recordWalk(long fault, AttachedDevice device, int pasid, long address, long word1) {
        events.record(word0(Result.event(fault), device, pasid), word1, address, Result.address3(fault));
    }

    /** Records that the tables say nothing of a transaction; those of an entry that aborts leave no record. */
    private void recordConfiguration(Configured with, AttachedDevice device, int pasid, long address, int access) {
        Configuration configuration = with.configuration();
        if (configuration.event() == Configuration.ABORT) {
            return;
        }
        long word0 = word0(configuration.event(), device, pasid);
        if (configuration.event() == EventId.F_WALK_EABT.value()) {
            long word1 = configuration.word1() | Faults.accessBits(access, 0);
            events.record(word0, word1, address, configuration.word3());
        } else {
            events.record(word0, 0, 0, configuration.word3());
        }
    }

    private static long word0(int event, AttachedDevice device, int pasid) {
        return pasid == Pasid.NONE
                ? EventRecord.word0(event, device.streamId())
                : EventRecord.word0(event, device.streamId(), pasid);
    }

    /** Where an access would fail now, see {@code IommuDriver.secondStageAddress}. Blocks nothing, records nothing. */
    public long secondStageAddress(int streamId, int pasid, long address, int permissions) {
        Walkers.Turn walk = remapping.walkers().own();
        walk.begin();
        try {
            return probe(streamId, pasid, address, permissions);
        } finally {
            walk.end();
        }
    }

    private long probe(int streamId, int pasid, long address, int permissions) {
        Configured with = remapping.configuration(streamId, pasid);
        Configuration configuration = with.configuration();
        if (!with.translates()) {
            return Faults.isTranslation(configuration) ? configuration.word3() : IommuDriver.FIRST_STAGE;
        }
        if (configuration.stage2() == null) {
            return IommuDriver.FIRST_STAGE;
        }
        long result = with.walker()
                .between(configuration.stage1(), configuration.stage2(), address, Remapping.seen(with, permissions));
        if (!Result.fault(result)) {
            return Result.address(result) | (address & (Translation.PAGE_SIZE - 1));
        }
        return Result.stage2(result) ? Result.address3(result) : IommuDriver.FIRST_STAGE;
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
