// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.smmuv3.spec.Registers;
import java.nio.ByteBuffer;

/**
 * The PRI queue (IHI 0070 F.b §8.1, §8.2). A request is lost if the queue has no room or an overflow isn't
 * acknowledged: the hardware flags the overflow, and if the request was last the hardware answers Success itself, so
 * that the device asks again (rule A08). Stop markers are never answered (rule A06).
 *
 * <p>Any thread. The automatic answer is sent on the thread of the device, without a lock.
 */
final class PriQueue implements RecordRing {
    private final OutputQueue queue;
    private final DeviceTable devices;

    PriQueue(RegisterFile registers, QueueMemory memory, DeviceTable devices, Interrupt interrupt) {
        queue = new OutputQueue(registers, memory, Registers.PRIQ_PROD, Registers.PRIQ_CONS, interrupt, "priq");
        this.devices = devices;
    }

    /** Records a request, or loses it; returns whether the request was recorded. */
    boolean record(long word0, long word1) {
        queue.lock.lock();
        try {
            if (write(word0, word1)) {
                return true;
            }
            if (queue.closed()) {
                return false;
            }
            queue.flagOverflow();
        } finally {
            queue.lock.unlock();
        }
        AttachedDevice device = devices.find(PriRecord.streamId(word0));
        if (PriRecord.last(word0) && !PriRecord.stopMarker(word0) && device != null) {
            int pasid = PriRecord.ssv(word0) ? PriRecord.substreamId(word0) : Pasid.NONE;
            device.respond(pasid, PriRecord.prgIndex(word1), Downstream.SUCCESS);
        }
        return false;
    }

    private boolean write(long word0, long word1) {
        if (!takes()) {
            return false;
        }
        queue.append(word0, word1);
        return true;
    }

    private boolean takes() {
        return !queue.closed() && !queue.overflowed() && !queue.full();
    }

    /** Software has moved the consumer index or acknowledged an overflow. */
    void consumed() {
        queue.changedIfAwaited();
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
        PriRecord request = PriRecord.decode(record, record.position());
        queue.lock.lock();
        try {
            return write(request.word0(), request.word1());
        } finally {
            queue.lock.unlock();
        }
    }

    @Override
    public boolean post(ByteBuffer record) {
        PriRecord request = PriRecord.decode(record, record.position());
        return record(request.word0(), request.word1());
    }

    @Override
    public boolean awaitRoom(long timeoutNanos) throws InterruptedException {
        long left = timeoutNanos;
        queue.lock.lockInterruptibly();
        try {
            while (!queue.closed() && !takes() && left > 0) {
                left = queue.awaitChange(this::takes, left);
            }
            return takes();
        } finally {
            queue.lock.unlock();
        }
    }
}
