// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.core.internal.group.GroupDevice;
import io.pgfault.core.internal.group.IopfGroup;
import io.pgfault.core.internal.work.Work;
import io.pgfault.core.internal.work.WorkList;

/**
 * A device's stay in a fault queue, or in none: another object each time that the device is added. A group keeps the
 * stay that it closed in, so a removal answers exactly the groups of that stay.
 */
final class Membership implements GroupDevice {
    final FaultParam param;
    /** The queue; {@code null} for a device that is in none. */
    final QueueSide queue;
    /** What waits for the queue's workers; {@code null} for a device that is in no queue. */
    final WorkList work;

    Membership(FaultParam param, QueueSide queue, WorkList work) {
        this.param = param;
        this.queue = queue;
        this.work = work;
    }

    @Override
    public Device device() {
        return param;
    }

    @Override
    public void send(IopfGroup group, ResponseCode code, Counter why, int answerer) {
        if (group.measured()) {
            queue.measure(group.closedAt());
        }
        param.send(group, code, why, answerer);
    }

    @Override
    public boolean enqueue(Work piece) {
        param.lock().lock();
        try {
            if (work.full()) {
                return false;
            }
            work.add(piece);
        } finally {
            param.lock().unlock();
        }
        queue.workers.publish(work);
        return true;
    }

    @Override
    public void count(Counter counter) {
        param.counters().increment(counter);
    }

    @Override
    public void warn(String what, IopfGroup group, Throwable cause) {
        param.warn(() -> what + ": " + group, cause);
    }
}
