// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.smmuv3.spec.Command;

/**
 * Turns answers into commands (rules A03, A07).
 *
 * <p>Stalls and page request groups come back from the core through one method with a group id that can be either's. They
 * are told apart by the low word of the private data, which neither record has any of: the driver reports a stall with
 * {@link #STALL} there and a page request with {@link #PAGE_REQUEST}.
 *
 * <p>The event thread's answers are told to the hardware at the end of its batch, those of other threads at once.
 */
public final class Responder {
    /** Private data, low word, of a request that is answered with CMD_PRI_RESP: absent. */
    static final long PAGE_REQUEST = 0;

    /** Private data, low word, of a request that is a stalled transaction, answered with CMD_RESUME. */
    static final long STALL = 1;

    private final CommandQueue commands;
    private volatile Thread batching;

    /** Answers by way of {@code commands}. */
    public Responder(CommandQueue commands) {
        this.commands = commands;
    }

    /** Names the thread that calls {@link #endBatch}. */
    void batching(Thread thread) {
        batching = thread;
    }

    /** Tells the hardware what the batching thread has answered. */
    void endBatch() {
        commands.ring();
    }

    /**
     * Answers a group; any thread.
     *
     * @param pasid the PASID that the response carries, or {@code Pasid.NONE}
     * @param group stall tag or group index
     * @param private0 {@link #STALL} or {@link #PAGE_REQUEST}
     */
    public void respond(int streamId, int pasid, int group, long private0, ResponseCode code) {
        if (private0 == STALL) {
            resume(streamId, group, code == ResponseCode.SUCCESS ? Command.RESUME_RETRY : Command.RESUME_ABORT);
        } else {
            pageGroup(streamId, pasid, group, code);
        }
    }

    /** Aborts a stalled transaction that can't be reported (rule A04). */
    void abort(int streamId, int stag) {
        resume(streamId, stag, Command.RESUME_ABORT);
    }

    private void resume(int streamId, int stag, int response) {
        put(Command.resume0(streamId, response), Command.resume1(stag));
    }

    /** Answers a page request group. */
    void pageGroup(int streamId, int pasid, int prgIndex, ResponseCode code) {
        long word0 = pasid == Pasid.NONE ? Command.priResp0(streamId) : Command.priResp0(streamId, pasid);
        int response =
                switch (code) {
                    case SUCCESS -> Command.PRI_SUCCESS;
                    case INVALID -> Command.PRI_INVALID;
                    case FAILURE -> Command.PRI_FAILURE;
                };
        put(word0, Command.priResp1(prgIndex, response));
    }

    private void put(long word0, long word1) {
        if (Thread.currentThread() == batching) {
            commands.insert(word0, word1);
        } else {
            commands.send(word0, word1);
        }
    }
}
