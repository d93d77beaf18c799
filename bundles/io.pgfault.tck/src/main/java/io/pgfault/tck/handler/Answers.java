// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.api.ResponseCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The answers to a group, in order; only the first answer counts. The monitor guards the list. Any thread. */
final class Answers {
    /** An answer, and whether the handler gave it. */
    record Answer(ResponseCode code, boolean byHandler) {}

    private final List<Answer> given = new ArrayList<>();

    /** Adds an answer; returns whether this answer counts. */
    synchronized boolean give(ResponseCode code, boolean byHandler) {
        given.add(new Answer(code, byHandler));
        notifyAll();
        return given.size() == 1;
    }

    synchronized List<Answer> all() {
        return List.copyOf(given);
    }

    /** Waits for the answer that counts; returns null if none has come in time. */
    synchronized Answer await(long nanos) throws InterruptedException {
        return awaitCount(1, nanos) ? given.get(0) : null;
    }

    /** Waits for this many answers; returns false if fewer have come in time. */
    synchronized boolean awaitCount(int count, long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; given.size() < count && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return given.size() >= count;
    }
}
