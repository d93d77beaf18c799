// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The handler behind the unit under test: records each group and does with the group what the check says. Any thread
 * calls {@link #handle}; the handler's monitor guards the record.
 */
final class KitHandler implements FaultHandler {
    /** A group, with its requests as the handler read them. */
    record Seen(FaultGroup group, List<PageRequest> requests) {
        PageRequest last() {
            return requests.get(requests.size() - 1);
        }
    }

    private final long patienceNanos;
    private final List<Seen> seen = new ArrayList<>();
    /** Written by the thread of the check, read by the threads that call {@link #handle}. */
    private volatile Consumer<FaultGroup> behaviour = group -> group.respond(ResponseCode.SUCCESS);

    KitHandler(Duration patience) {
        this.patienceNanos = patience.toNanos();
    }

    /** Sets what the handler does with each group from now on. */
    void does(Consumer<FaultGroup> behaviour) {
        this.behaviour = behaviour;
    }

    @Override
    public Disposition handle(FaultGroup group) {
        List<PageRequest> requests = new ArrayList<>();
        for (int i = 0; i < group.size(); i++) {
            requests.add(group.request(i));
        }
        synchronized (this) {
            seen.add(new Seen(group, requests));
            notifyAll();
        }
        behaviour.accept(group);
        return Disposition.TAKEN;
    }

    synchronized List<Seen> seen() {
        return List.copyOf(seen);
    }

    synchronized void forget() {
        seen.clear();
    }

    /** Waits until this many groups have come; false if the patience is over before. */
    synchronized boolean await(int count) throws InterruptedException {
        long end = System.nanoTime() + patienceNanos;
        for (long left = patienceNanos; seen.size() < count && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return seen.size() >= count;
    }
}
