// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.smmuv3.spec.Command;

/**
 * Encodes responses as commands and submits the commands (rules A03, A07).
 *
 * <p>Stalls and page request groups come back from the core through one method with a group id that can be either's.
 * The driver reports a stall with {@link #STALL} as the low word of private data and a page request with {@link
 * #PAGE_REQUEST}; neither record has private data of its own.
 *
 * <p>Any thread responds. The commands of the event thread wait in a batch of its own until the event thread calls
 * {@link #submit}, so that the event thread takes the command queue's lock and rings once for many responses. The
 * commands of every other thread are submitted at once.
 */
final class Responses {
    /** Private data, low word, of a request that is answered with CMD_PRI_RESP: absent. */
    static final long PAGE_REQUEST = 0;

    /** Private data, low word, of a request that is a stalled transaction, answered with CMD_RESUME. */
    static final long STALL = 1;

    /** Commands that the batch holds. */
    private static final int BATCH = 64;

    private final CommandQueue commands;
    /**
     * The event thread. Written before the event thread starts. Every other thread compares it with itself and never
     * finds itself.
     */
    private Thread eventThread;
    /** Words 0 and 1 of each command of the batch. Only the event thread reads and writes it. */
    private final long[] batch = new long[2 * BATCH];
    /**
     * The first command of the batch that isn't in the command queue yet. Only the event thread reads and writes it.
     */
    private int first;
    /** Behind the last command of the batch. Only the event thread reads and writes it. */
    private int last;

    Responses(CommandQueue commands) {
        this.commands = commands;
    }

    /** Names the event thread, before it starts. */
    void eventThread(Thread thread) {
        eventThread = thread;
    }

    /**
     * Submits the batch. On any thread but the event thread nothing happens: only the event thread has a batch.
     *
     * <p>While the queue is full, the hardware may call devices on the event thread, and a device may make the event
     * thread respond: such a response joins the end of the batch, so the order of responses is the order of commands.
     */
    void submit() {
        if (Thread.currentThread() != eventThread || first == last) {
            return;
        }
        for (int attempt = 0; first < last; attempt++) {
            first += commands.offer(batch, first, last);
            if (first < last) {
                commands.makeRoom(attempt);
            }
        }
        first = 0;
        last = 0;
        commands.ring();
    }

    /**
     * Responds to a group.
     *
     * @param pasid the PASID that the response carries, or {@code Pasid.NONE}
     * @param group stall tag or group index
     * @param private0 {@link #STALL} or {@link #PAGE_REQUEST}
     */
    void respond(int streamId, int pasid, int group, long private0, ResponseCode code) {
        if (private0 == STALL) {
            resume(streamId, group, code == ResponseCode.SUCCESS ? Command.RESUME_RETRY : Command.RESUME_ABORT);
        } else {
            pageGroup(streamId, pasid, group, code);
        }
    }

    /** Aborts a stalled transaction that can't be reported (rules A04, A10). */
    void abort(int streamId, int stag) {
        resume(streamId, stag, Command.RESUME_ABORT);
    }

    private void resume(int streamId, int stag, int response) {
        put(Command.resume0(streamId, response), Command.resume1(stag));
    }

    /** Responds to a page request group. */
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
        if (Thread.currentThread() != eventThread) {
            commands.send(word0, word1);
            return;
        }
        if (last == BATCH) {
            submit();
        }
        batch[2 * last] = word0;
        batch[2 * last + 1] = word1;
        last++;
    }
}
