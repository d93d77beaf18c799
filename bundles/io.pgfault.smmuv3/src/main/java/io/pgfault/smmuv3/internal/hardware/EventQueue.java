// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.Registers;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The event queue with the stalled transactions behind it (IHI 0070 F.b §3.12.2, §7.2).
 *
 * <p>A stalled transaction takes a tag, and waits for a tag while STALL_MAX transactions are stalled. The hardware
 * records the event when the queue has room, in order, and keeps the event until then: no stall is ever lost (rule
 * A05). No device waits for an event that isn't stalled; without room such an event is lost and the overflow is
 * flagged.
 *
 * <p>Threads of devices stall under the queue's lock. The executing thread, the one thread that executes commands,
 * resumes without the lock. A device may send its next transaction from within
 * {@link io.pgfault.api.bus.Downstream#resume}, on the executing thread. That thread can't wait for a tag that it frees
 * itself, so the tag that is being freed is the executing thread's spare until {@code resume} returns.
 */
final class EventQueue implements RecordRing {
    private final OutputQueue queue;
    private final StallTable stalls;
    /**
     * The executing thread while it resumes, else {@code null}. The executing thread writes it. Every other thread
     * compares it with itself and never finds itself, so a stale value does no harm.
     */
    private Thread resumer;
    /** The executing thread's spare tag. Only the executing thread reads and writes it. */
    private int spare = StallTable.NONE;
    /** Whether events are kept. Threads that hold the lock write it; the event thread reads it without the lock. */
    private volatile boolean keeping;

    EventQueue(RegisterFile registers, QueueMemory memory, int stallMax, Interrupt interrupt) {
        queue = new OutputQueue(registers, memory, Registers.EVENTQ_PROD, Registers.EVENTQ_CONS, interrupt, "evtq");
        stalls = new StallTable(stallMax);
    }

    // Devices

    /**
     * Stalls a transaction.
     *
     * @param word1 word 1 of its event, without Stall and STAG
     * @param word3 the intermediate physical address of a fault of stage 2, else 0
     * @return false if the transaction is aborted instead, because the device is disabled or the unit gone
     */
    boolean stall(AttachedDevice device, int transaction, long word0, long word1, long address, long word3) {
        queue.lock.lock();
        try {
            int stag = StallTable.NONE;
            while (device.enabled() && !queue.closed() && (stag = takeTag()) == StallTable.NONE) {
                if (resumer == Thread.currentThread()) {
                    return false;
                }
                queue.awaitChange(stalls::hasFree);
            }
            if (stag == StallTable.NONE) {
                return false;
            }
            if (stalls.kept().isEmpty() && !queue.full()) {
                stalls.record(stag, device, transaction);
                queue.append(word0, EventRecord.stalled(word1, stag), address, word3);
            } else {
                stalls.kept().add(stag, device, transaction, word0, EventRecord.stalled(word1, stag), address, word3);
                keeping = true;
                recordKept();
            }
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

    private boolean write(long word0, long word1, long word2, long word3) {
        recordKept();
        if (queue.closed() || queue.full()) {
            return false;
        }
        queue.append(word0, word1, word2, word3);
        return true;
    }

    /** Records kept events while there is room. Called under the lock. */
    private void recordKept() {
        StallTable.Kept kept = stalls.kept();
        if (kept.isEmpty()) {
            return;
        }
        for (int stag = kept.first(); stag != StallTable.NONE && !queue.full(); stag = kept.first()) {
            stalls.recordKept(stag);
            queue.append(kept.word(stag, 0), kept.word(stag, 1), kept.word(stag, 2), kept.word(stag, 3));
        }
        keeping = !kept.isEmpty();
    }

    /** From when this returns, no transaction of the device stalls, and none waits for a tag. */
    void disable(AttachedDevice device) {
        queue.lock.lock();
        try {
            device.disable();
            queue.changed();
        } finally {
            queue.lock.unlock();
        }
    }

    // Software

    /**
     * Software has moved the consumer index. A thread that keeps an event sets {@link #keeping} and looks for room once
     * more; software writes the index and then reads {@link #keeping}: one of the two records the event.
     */
    void consumed() {
        if (keeping) {
            queue.lock.lock();
            try {
                recordKept();
                queue.changed();
            } finally {
                queue.lock.unlock();
            }
        } else {
            queue.changedIfAwaited();
        }
    }

    /** CMD_RESUME (§4.7.1). Without such a stalled transaction nothing happens. Called by the executing thread. */
    void resume(int streamId, int stag, boolean retry) {
        AttachedDevice device = stalls.claim(streamId, stag);
        if (device != null) {
            resume(device, stalls.transaction(stag), stag, retry);
        }
    }

    private void resume(AttachedDevice device, int transaction, int stag, boolean retry) {
        int outerSpare = spare;
        Thread outerResumer = resumer;
        spare = stag;
        resumer = Thread.currentThread();
        device.resume(transaction, retry);
        if (spare != StallTable.NONE) {
            stalls.free(spare);
        }
        spare = outerSpare;
        resumer = outerResumer;
    }

    /** CMD_STALL_TERM (§4.7.2): all stalled transactions of the stream are terminated, recorded or kept. */
    void terminate(int streamId) {
        for (int stag = 0; stag < stalls.stallMax(); stag++) {
            resume(streamId, stag, false);
            AttachedDevice device = dropKept(streamId, stag);
            if (device != null) {
                resume(device, stalls.kept().transaction(stag), stag, false);
            } else {
                // A thread may have recorded the kept event between the two looks.
                resume(streamId, stag, false);
            }
        }
    }

    /** Takes the tag's event out of those kept; returns the device, {@code null} if no event of the stream is kept. */
    private AttachedDevice dropKept(int streamId, int stag) {
        if (!keeping) {
            return null;
        }
        queue.lock.lock();
        try {
            StallTable.Kept kept = stalls.kept();
            if (!kept.holds(streamId, stag)) {
                return null;
            }
            kept.remove(stag);
            keeping = !kept.isEmpty();
            return kept.device(stag);
        } finally {
            queue.lock.unlock();
        }
    }

    /** The executing thread has freed tags for now: wakes the devices that wait for one. */
    void resumed() {
        // Tags are freed without a fence; this one orders them before the look at the waiting threads.
        VarHandle.fullFence();
        queue.changedIfAwaited();
    }

    // The unit

    /** How many transactions are stalled now. */
    int outstanding() {
        queue.lock.lock();
        try {
            return stalls.outstanding();
        } finally {
            queue.lock.unlock();
        }
    }

    /** Shows {@code tap} each record that is written, until the result is closed. */
    AutoCloseable tap(RequestTap tap) {
        return queue.tap(tap);
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

    /** Writes as the hardware does: a stalled record waits for room, because stalls are never lost (rule A05). */
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
                queue.awaitChange(() -> !queue.full());
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
                left = queue.awaitChange(() -> !queue.full(), left);
            }
            return !queue.closed() && !queue.full();
        } finally {
            queue.lock.unlock();
        }
    }
}
