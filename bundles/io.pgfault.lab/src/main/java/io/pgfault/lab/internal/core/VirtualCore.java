// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.TrialStopped;
import io.pgfault.lab.internal.space.TrialClock;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Resolves groups in virtual time, all on the device's thread: one worker with a time of its own. Work that a handler
 * leaves for after its response keeps the worker busy and the next group waiting, and the device goes on meanwhile.
 */
public final class VirtualCore implements TrialCore {
    private final Device device;
    private final Domain domain;
    private final List<FaultHandler> handlers;
    private final TrialClock.Virtual clock;
    private final long call;
    private final FaultTimes times;
    private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    /** When the worker has nothing left to do. */
    private long free;

    private long answered;
    private long handling;

    /** A core without groups. */
    public VirtualCore(
            Conditions conditions,
            TrialClock.Virtual clock,
            Device device,
            Domain domain,
            List<FaultHandler> handlers) {
        this.device = device;
        this.domain = domain;
        this.handlers = List.copyOf(handlers);
        this.clock = clock;
        this.call = conditions.costs().call();
        this.times = new FaultTimes(conditions);
    }

    @Override
    public ResponseCode resolve(Requests requests) throws TrialStopped {
        long way = times.next();
        long start = Math.max(clock.now() + way / 2, free);
        clock.set(start);
        clock.spend(call);
        LabGroup group = new LabGroup(device, domain, requests, work::add, () -> answered = clock.now());
        group.offer(handlers);
        for (Runnable next = work.poll(); next != null; next = work.poll()) {
            next.run();
        }
        ResponseCode code = group.response();
        if (code == null) {
            throw new TrialStopped("a handler keeps group " + requests.id()
                    + " beyond its call and its work: it answers on a thread of its own, which has no virtual time;"
                    + " run the trial with real threads (--real)");
        }
        free = clock.now();
        handling += free - start;
        clock.set(answered + way - way / 2);
        return code;
    }

    @Override
    public long handling() {
        return handling;
    }

    @Override
    public long refused() {
        return device.counters().get(Counter.REFUSED);
    }

    @Override
    public void close() {
        // There are no threads.
    }
}
