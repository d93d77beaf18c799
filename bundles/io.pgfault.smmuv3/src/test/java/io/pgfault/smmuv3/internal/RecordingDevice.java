// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.api.bus.Downstream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A device that keeps what it is sent. */
class RecordingDevice implements Downstream {
    record Answer(int pasid, int prgIndex, int code) {}

    record Resumed(int transaction, boolean retry) {}

    record Invalidated(int pasid, long first, long last) {}

    private final List<Answer> answers = new CopyOnWriteArrayList<>();
    private final List<Resumed> resumed = new CopyOnWriteArrayList<>();
    private final List<Invalidated> invalidated = new CopyOnWriteArrayList<>();
    private final AtomicInteger disconnects = new AtomicInteger();

    List<Answer> answers() {
        return answers;
    }

    List<Resumed> resumed() {
        return resumed;
    }

    List<Invalidated> invalidated() {
        return invalidated;
    }

    int disconnects() {
        return disconnects.get();
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        answers.add(new Answer(pasid, prgIndex, code));
    }

    @Override
    public void resume(int transaction, boolean retry) {
        resumed.add(new Resumed(transaction, retry));
    }

    @Override
    public void invalidate(int pasid, long first, long last) {
        invalidated.add(new Invalidated(pasid, first, last));
    }

    @Override
    public void disconnected() {
        disconnects.incrementAndGet();
    }
}
