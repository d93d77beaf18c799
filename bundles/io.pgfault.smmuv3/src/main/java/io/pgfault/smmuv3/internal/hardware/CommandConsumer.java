// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.QueueRegisters;
import io.pgfault.smmuv3.spec.Registers;
import java.lang.System.Logger.Level;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The hardware's side of the command queue: takes commands in order and carries each out before it takes the next (IHI
 * 0070, 4.1).
 *
 * <p>There is no hardware thread: whoever writes the producer register works. If another thread is at it already, that one
 * also does the rest and nobody waits, because what is done calls devices. A device that makes the driver write a command
 * from within such a call works on the queue itself, nested; order is kept, because the consumer index moves before the
 * call.
 *
 * <p>A command that can't be carried out stops the queue: the consumer index stays at it with an error code, GERROR says
 * so, and nothing is consumed until software acknowledges in GERRORN (IHI 0070, 7.1).
 */
final class CommandConsumer {
    private static final System.Logger LOG = System.getLogger(CommandConsumer.class.getName());

    private final ReentrantLock working = new ReentrantLock();
    private final RegisterFile registers;
    private final QueueMemory memory;
    private final SyncWord sync;
    private final StreamTable streams;
    private final EventQueue events;
    private final Taps taps = new Taps();
    private final Interrupt globalError;

    CommandConsumer(RegisterFile registers, UnitMemory unit, EventQueue events, Interrupt globalError) {
        this.registers = registers;
        this.memory = unit.commands();
        this.sync = unit.sync();
        this.streams = unit.streams();
        this.events = events;
        this.globalError = globalError;
    }

    Taps taps() {
        return taps;
    }

    /** Consumes what there is, or leaves it to the thread that is consuming. */
    void consume() {
        do {
            if (!working.tryLock()) {
                return;
            }
            try {
                while (hasWork()) {
                    next();
                }
            } finally {
                working.unlock();
            }
        } while (hasWork());
    }

    private boolean hasWork() {
        return !stopped()
                && !QueueRegisters.isEmpty(
                        registers.get(Registers.CMDQ_PROD), registers.get(Registers.CMDQ_CONS), memory.log2());
    }

    private boolean stopped() {
        int active = registers.get(Registers.GERROR) ^ registers.get(Registers.GERRORN);
        return (active & Registers.GERROR_CMDQ_ERR) != 0;
    }

    private void next() {
        int head = registers.get(Registers.CMDQ_CONS);
        long word0 = memory.word(head, 0);
        long word1 = memory.word(head, 1);
        if (!legal(word0, word1)) {
            registers.set(Registers.CMDQ_CONS, Registers.withCmdqError(head, Registers.CERROR_ILL));
            registers.set(Registers.GERROR, registers.get(Registers.GERROR) ^ Registers.GERROR_CMDQ_ERR);
            globalError.raise();
            return;
        }
        registers.set(Registers.CMDQ_CONS, QueueRegisters.next(head, memory.log2()));
        try {
            carryOut(word0, word1);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "The device threw at " + new Command(word0, word1) + "; devices must not throw", e);
        }
    }

    private static boolean legal(long word0, long word1) {
        return switch (Command.opcode(word0)) {
            case Command.CMD_RESUME -> Command.resumeResponse(word0) <= Command.RESUME_ABORT;
            case Command.CMD_PRI_RESP -> Command.priResponse(word1) <= Command.PRI_SUCCESS;
            case Command.CMD_STALL_TERM -> true;
            case Command.CMD_SYNC -> legalSync(word0, word1);
            default -> false;
        };
    }

    private static boolean legalSync(long word0, long word1) {
        return switch (Command.syncSignal(word0)) {
            case Command.SYNC_NONE, Command.SYNC_EVENT -> true;
            case Command.SYNC_MSI -> Command.msiAddress(word1) == SyncWord.ADDRESS;
            default -> false;
        };
    }

    private void carryOut(long word0, long word1) {
        switch (Command.opcode(word0)) {
            case Command.CMD_RESUME -> resume(word0, word1);
            case Command.CMD_PRI_RESP -> pageGroupResponse(word0, word1);
            case Command.CMD_STALL_TERM -> events.terminate(Command.streamId(word0));
            default -> {
                if (Command.syncSignal(word0) == Command.SYNC_MSI) {
                    sync.write(Command.msiData(word0));
                }
            }
        }
    }

    private void resume(long word0, long word1) {
        boolean retry = Command.resumeResponse(word0) == Command.RESUME_RETRY;
        taps.consumed(word0, word1, retry ? ResponseCode.SUCCESS : ResponseCode.INVALID);
        events.resume(Command.streamId(word0), Command.stag(word1), retry);
    }

    private void pageGroupResponse(long word0, long word1) {
        ResponseCode code =
                switch (Command.priResponse(word1)) {
                    case Command.PRI_SUCCESS -> ResponseCode.SUCCESS;
                    case Command.PRI_INVALID -> ResponseCode.INVALID;
                    default -> ResponseCode.FAILURE;
                };
        taps.consumed(word0, word1, code);
        Stream stream = streams.find(Command.streamId(word0));
        if (stream != null) {
            int pasid = Command.ssv(word0) ? Command.substreamId(word0) : Pasid.NONE;
            stream.downstream().pageGroupResponse(pasid, Command.prgIndex(word1), onTheWire(code));
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
