// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.bus.RecordRing;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.Registers;
import java.nio.ByteBuffer;

/**
 * The event queue with the stalled transactions behind it (IHI 0070, 3.12 and 7.2).
 *
 * <p>A stalled transaction takes a tag, waiting for one if STALL_MAX transactions are stalled, and its event is recorded
 * when the queue has room, in order; until then the hardware keeps it, so that no stall is ever lost (rule A05). An event
 * that isn't stalled has nobody who waits for it: without room it is lost and the overflow flagged.
 *
 * <p>A device may send its next transaction from within {@link io.pgfault.api.bus.Downstream#resume}, on the thread that
 * frees tags. Waiting there would be waiting for oneself, so the tag that is being freed is that thread's spare until
 * {@code resume} returns.
 *
 * <p>Resuming takes no lock unless somebody waits for a tag, or the event hasn't been recorded: it would be the lock that
 * devices need to stall.
 */
final class EventQueue implements RecordRing {
    private final OutputQueue queue;
    private final StallTable stalls;
    /** Who resumes now. Any other thread finds at most that it isn't the one, whatever it reads. */
    private Thread resumer;
    /** The resumer's. */
    private int spare = StallTable.NONE;

    EventQueue(RegisterFile registers, QueueMemory memory, int stallMax, Interrupt interrupt) {
        queue = new OutputQueue(registers, memory, Registers.EVENTQ_PROD, Registers.EVENTQ_CONS, interrupt);
        stalls = new StallTable(stallMax);
    }

    /**
     * Stalls a transaction.
     *
     * @param word1 word 1 of its event, without Stall and STAG
     * @return false if it is aborted instead, because the stream is disabled or the unit gone
     */
    boolean stall(Stream stream, int transaction, long word0, long word1, long address) {
        queue.lock.lock();
        try {
            int stag = StallTable.NONE;
            while (stream.enabled() && !queue.closed() && (stag = takeTag()) == StallTable.NONE) {
                if (resumer == Thread.currentThread()) {
                    return false;
                }
                queue.awaitChangeUnless(stalls::hasFree);
            }
            if (stag == StallTable.NONE) {
                return false;
            }
            stalls.keep(stag, stream, transaction, word0, EventRecord.stalled(word1, stag), address);
            recordKept();
            return true;
        } finally {
            queue.lock.unlock();
        }
    }

    private int takeTag() {
        int stag = stalls.take();
        if (stag == StallTable.NONE && resumer == Thread.currentThread()) {
            stag = spare;
            spare = StallTable.NONE;
        }
        return stag;
    }

    /** Records an event that isn't stalled. */
    void record(long word0, long word1, long word2, long word3) {
        queue.lock.lock();
        try {
            if (!write(word0, word1, word2, word3)) {
                queue.flagOverflow();
            }
        } finally {
            queue.lock.unlock();
        }
    }

    /** Software has moved the consumer index. */
    void consumed() {
        queue.lock.lock();
        try {
            recordKept();
            queue.changed();
        } finally {
            queue.lock.unlock();
        }
    }

    private boolean write(long word0, long word1, long word2, long word3) {
        recordKept();
        if (queue.closed() || queue.full()) {
            return false;
        }
        queue.append(word0, word1, word2, word3);
        return true;
    }

    private void recordKept() {
        for (int stag = stalls.firstKept(); stag != StallTable.NONE && !queue.full(); stag = stalls.firstKept()) {
            stalls.record(stag);
            queue.append(stalls.word(stag, 0), stalls.word(stag, 1), stalls.word(stag, 2), 0);
        }
    }

    /** CMD_RESUME. Without such a stalled transaction nothing happens. Called by one thread at a time, or nested. */
    void resume(int streamId, int stag, boolean retry) {
        Stream stream = claim(streamId, stag);
        if (stream == null) {
            return;
        }
        int outerSpare = spare;
        Thread outerResumer = resumer;
        spare = stag;
        resumer = Thread.currentThread();
        try {
            stream.downstream().resume(stalls.transaction(stag), retry);
        } finally {
            if (spare != StallTable.NONE) {
                stalls.free(spare);
                queue.changedIfAwaited();
            }
            spare = outerSpare;
            resumer = outerResumer;
        }
    }

    private Stream claim(int streamId, int stag) {
        Stream stream = stalls.claim(streamId, stag);
        if (stream != null) {
            return stream;
        }
        queue.lock.lock();
        try {
            stream = stalls.claimKept(streamId, stag);
            return stream != null ? stream : stalls.claim(streamId, stag);
        } finally {
            queue.lock.unlock();
        }
    }

    /** CMD_STALL_TERM: all stalled transactions of the stream are terminated, recorded or not. */
    void terminate(int streamId) {
        for (int stag = 0; stag < stalls.stallMax(); stag++) {
            resume(streamId, stag, false);
        }
    }

    /** From when this returns, no transaction of the stream stalls, and none waits for a tag. */
    void disable(Stream stream) {
        queue.lock.lock();
        try {
            stream.disable();
            queue.changed();
        } finally {
            queue.lock.unlock();
        }
    }

    /** How many transactions are stalled now. */
    int outstanding() {
        queue.lock.lock();
        try {
            return stalls.outstanding();
        } finally {
            queue.lock.unlock();
        }
    }

    void close() {
        queue.close();
    }

    // Raw records

    @Override
    public int recordSize() {
        return queue.recordSize();
    }

    @Override
    public boolean offer(ByteBuffer record) {
        EventRecord event = EventRecord.decode(record, record.position());
        queue.lock.lock();
        try {
            return write(event.word0(), event.word1(), event.word2(), event.word3());
        } finally {
            queue.lock.unlock();
        }
    }

    /** Writes as the hardware does: a stalled record waits for room, because stalls are never lost. */
    @Override
    public boolean post(ByteBuffer record) {
        EventRecord event = EventRecord.decode(record, record.position());
        queue.lock.lock();
        try {
            while (!write(event.word0(), event.word1(), event.word2(), event.word3())) {
                if (queue.closed()) {
                    return false;
                }
                if (!event.stall()) {
                    queue.flagOverflow();
                    return false;
                }
                queue.awaitChange();
            }
            return true;
        } finally {
            queue.lock.unlock();
        }
    }

    @Override
    public boolean awaitRoom(long timeoutNanos) throws InterruptedException {
        long left = timeoutNanos;
        queue.lock.lockInterruptibly();
        try {
            recordKept();
            while (!queue.closed() && queue.full() && left > 0) {
                left = queue.awaitChange(left);
            }
            return !queue.closed() && !queue.full();
        } finally {
            queue.lock.unlock();
        }
    }
}
