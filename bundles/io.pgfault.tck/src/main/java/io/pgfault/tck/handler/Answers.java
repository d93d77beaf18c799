// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.api.ResponseCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a group was answered, in order; only the first counts. Any thread. */
final class Answers {
    /** An answer, and whether the handler gave it. */
    record Answer(ResponseCode code, boolean byHandler) {}

    private final List<Answer> given = new ArrayList<>();

    /** Returns whether this is the one that counts. */
    synchronized boolean give(ResponseCode code, boolean byHandler) {
        given.add(new Answer(code, byHandler));
        notifyAll();
        return given.size() == 1;
    }

    synchronized List<Answer> all() {
        return List.copyOf(given);
    }

    /** The answer that counts, null if none has come in that time. */
    synchronized Answer await(long nanos) throws InterruptedException {
        return awaitCount(1, nanos) ? given.get(0) : null;
    }

    /** Whether so many answers come in that time. */
    synchronized boolean awaitCount(int count, long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; given.size() < count && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return given.size() >= count;
    }
}
