// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.control.Actors.check;

import io.pgfault.api.bus.Downstream;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** A device that counts the responses per group, 0 to 15. The thread that rings writes the counts; any thread reads. */
final class Answered implements Downstream {
    private final AtomicIntegerArray responses = new AtomicIntegerArray(16);
    /** Set before a call after whose return no response may come; then such a response fails the run. */
    volatile boolean over;

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        check(!over, "C12: a response reached the device after the queue was taken away");
        responses.incrementAndGet(prgIndex);
    }

    @Override
    public void resume(int transaction, boolean retry) {
        check(!over, "C12: a stall was resumed after the queue was taken away");
        responses.incrementAndGet(transaction);
    }

    @Override
    public void invalidate(int pasid, long first, long last) {}

    @Override
    public void disconnected() {}

    boolean has(int group) {
        return responses.get(group) == 1;
    }

    /** Fails unless each group has had one response (C09): a response without a doorbell is still in the queue (B1). */
    void exactlyOne(int... groups) {
        for (int group : groups) {
            check(responses.get(group) == 1, "C09: group " + group + " has had " + responses.get(group) + " responses");
        }
    }
}
