// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.parts.Taps;
import io.pgfault.smmuv3.internal.hardware.remap.CacheInvalidations;
import io.pgfault.smmuv3.spec.CacheCommand;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.QueueRegisters;
import io.pgfault.smmuv3.spec.Registers;
import java.nio.ByteBuffer;

/**
 * The hardware's end of the command queue: executes commands in order (IHI 0070 F.b §4.1).
 *
 * <p>The hardware has no thread. The <em>executing thread</em> is the thread of the driver that writes CMDQ_PROD or
 * GERRORN; {@link Mmio#write} asks software for one such thread at a time. Executing a command may call a device, and
 * the device may make the driver write CMDQ_PROD again: then the executing thread executes the next commands within the
 * call. Order is kept, because the consumer index moves before the call. A CMD_SYNC within a call doesn't signal before
 * the call has returned, because CMD_SYNC completes when all earlier commands have (§4.7.3).
 *
 * <p>A command that can't be executed stops the queue: the consumer index stays at the command with an error code,
 * GERROR says so, and nothing is consumed until software acknowledges in GERRORN (§7.1).
 *
 * <p>All fields are the executing thread's own, unless they say otherwise.
 */
final class CommandConsumer {
    private static final System.Logger LOG = System.getLogger(CommandConsumer.class.getName());

    private final RegisterFile registers;
    private final QueueMemory queue;
    private final Memory memory;
    private final EventQueue events;
    private final CacheInvalidations caches;
    private final Interrupt globalError;
    private final Taps<ResponseTap, ResponseCode> taps = new Taps<>(LOG, ResponseTap::consumed);
    /** The command that taps are shown: a copy, because software may reuse the slot of a consumed command. */
    private final ByteBuffer shown = ByteBuffer.allocateDirect(Command.BYTES);
    /** Commands that are being executed: more than one while a device makes the driver write CMDQ_PROD. */
    private int depth;
    /** Whether a CMD_SYNC with {@link #delayedSignal} waits until no command is being executed. */
    private boolean delayed;

    private int delayedSignal;

    CommandConsumer(
            RegisterFile registers,
            Memory memory,
            EventQueue events,
            CacheInvalidations caches,
            Interrupt globalError) {
        this.registers = registers;
        this.queue = memory.commands();
        this.memory = memory;
        this.events = events;
        this.caches = caches;
        this.globalError = globalError;
    }

    /** Any thread adds a tap. */
    AutoCloseable tap(ResponseTap tap) {
        return taps.add(tap);
    }

    /** Executes the commands that are in the queue, unless the queue has stopped. Called by the executing thread. */
    void consume() {
        while (!stopped() && next()) {
            // The next command, until the queue is empty.
        }
        events.resumed();
    }

    private boolean stopped() {
        int active = registers.get(Registers.GERROR) ^ registers.get(Registers.GERRORN);
        return (active & Registers.GERROR_CMDQ_ERR) != 0;
    }

    /** Executes one command; returns false if the queue is empty. */
    private boolean next() {
        int head = registers.get(Registers.CMDQ_CONS);
        if (QueueRegisters.isEmpty(registers.get(Registers.CMDQ_PROD), head, queue.log2())) {
            return false;
        }
        long word0 = queue.word(head, 0);
        long word1 = queue.word(head, 1);
        if (!legal(word0, word1)) {
            registers.set(Registers.CMDQ_CONS, Registers.withCmdqError(head, Registers.CERROR_ILL));
            registers.set(Registers.GERROR, registers.get(Registers.GERROR) ^ Registers.GERROR_CMDQ_ERR);
            globalError.raise();
            return true;
        }
        registers.setRelease(Registers.CMDQ_CONS, QueueRegisters.next(head, queue.log2()));
        depth++;
        execute(word0, word1);
        depth--;
        if (delayed && depth == 0) {
            delayed = false;
            memory.syncWord(delayedSignal);
        }
        return true;
    }

    private static boolean legal(long word0, long word1) {
        return switch (Command.opcode(word0)) {
            case Command.CMD_RESUME -> Command.resumeResponse(word0) <= Command.RESUME_ABORT;
            case Command.CMD_PRI_RESP -> Command.priResponse(word1) <= Command.PRI_SUCCESS;
            case Command.CMD_STALL_TERM -> true;
            case Command.CMD_SYNC -> legalSync(word0, word1);
            default -> CacheCommand.isCommand(Command.opcode(word0));
        };
    }

    private static boolean legalSync(long word0, long word1) {
        return switch (Command.syncSignal(word0)) {
            case Command.SYNC_NONE, Command.SYNC_EVENT -> true;
            case Command.SYNC_MSI -> Command.msiAddress(word1) == Memory.SYNC_ADDRESS;
            default -> false;
        };
    }

    private void execute(long word0, long word1) {
        switch (Command.opcode(word0)) {
            case Command.CMD_RESUME -> resume(word0, word1);
            case Command.CMD_PRI_RESP -> respond(word0, word1);
            case Command.CMD_STALL_TERM -> events.terminate(Command.streamId(word0));
            case Command.CMD_SYNC -> sync(word0);
            case CacheCommand.ATC_INV -> invalidate(word0, word1);
            default -> caches.execute(word0, word1);
        }
    }

    /** The signal of a CMD_SYNC. Signals are in the order of their commands, so the last one stands for all. */
    private void sync(long word0) {
        if (Command.syncSignal(word0) == Command.SYNC_MSI) {
            delayed = true;
            delayedSignal = Command.msiData(word0);
        }
    }

    private void resume(long word0, long word1) {
        boolean retry = Command.resumeResponse(word0) == Command.RESUME_RETRY;
        show(word0, word1, retry ? ResponseCode.SUCCESS : ResponseCode.INVALID);
        events.resume(Command.streamId(word0), Command.stag(word1), retry);
    }

    private void respond(long word0, long word1) {
        ResponseCode code =
                switch (Command.priResponse(word1)) {
                    case Command.PRI_SUCCESS -> ResponseCode.SUCCESS;
                    case Command.PRI_INVALID -> ResponseCode.INVALID;
                    default -> ResponseCode.FAILURE;
                };
        show(word0, word1, code);
        AttachedDevice device = memory.devices().find(Command.streamId(word0));
        if (device != null) {
            int pasid = Command.ssv(word0) ? Command.substreamId(word0) : Pasid.NONE;
            device.respond(pasid, Command.prgIndex(word1), onTheWire(code));
        }
    }

    /** CMD_ATC_INV: the device is called without a lock, and later commands wait until it has let go. */
    private void invalidate(long word0, long word1) {
        AttachedDevice device = memory.devices().find(Command.streamId(word0));
        if (device == null) {
            return;
        }
        long first = CacheCommand.first(word1);
        long last = CacheCommand.last(word1);
        if (!CacheCommand.ssv(word0)) {
            device.invalidate(Pasid.NONE, first, last);
        } else if (CacheCommand.global(word0)) {
            device.asked().forEach(pasid -> device.invalidate(pasid, first, last));
        } else {
            device.invalidate(CacheCommand.substreamId(word0), first, last);
        }
    }

    private void show(long word0, long word1, ResponseCode code) {
        if (!taps.isEmpty()) {
            new Command(word0, word1).encode(shown, 0);
            taps.show(shown, 0, Command.BYTES, code);
        }
    }

    private static int onTheWire(ResponseCode code) {
        return switch (code) {
            case SUCCESS -> Downstream.SUCCESS;
            case INVALID -> Downstream.INVALID_REQUEST;
            case FAILURE -> Downstream.RESPONSE_FAILURE;
        };
    }
}
