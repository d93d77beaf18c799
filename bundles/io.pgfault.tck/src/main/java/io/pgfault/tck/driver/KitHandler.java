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

/** The handler behind the unit under test: remembers each group that it sees and does with it what a check says. */
final class KitHandler implements FaultHandler {
    /** A group as it came. */
    record Seen(FaultGroup group, List<PageRequest> requests) {
        PageRequest last() {
            return requests.get(requests.size() - 1);
        }
    }

    private final long patienceNanos;
    private final List<Seen> seen = new ArrayList<>();
    private volatile Consumer<FaultGroup> behaviour = group -> group.respond(ResponseCode.SUCCESS);

    KitHandler(Duration patience) {
        this.patienceNanos = patience.toNanos();
    }

    /** From now on. */
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

    /** Whether so many groups come. */
    synchronized boolean await(int count) throws InterruptedException {
        long end = System.nanoTime() + patienceNanos;
        for (long left = patienceNanos; seen.size() < count && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return seen.size() >= count;
    }
}
