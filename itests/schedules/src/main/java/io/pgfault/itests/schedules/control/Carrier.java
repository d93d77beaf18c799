// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that is an actor of one run after another, because to start a thread costs more than a schedule. Threads
 * that the code under test makes are no carriers.
 */
final class Carrier extends ControlledThread {
    /** Carriers without a task. The class lock guards it. */
    private static final Deque<Carrier> FREE = new ArrayDeque<>();

    /**
     * What to do as the actor of {@link #actor()}. The thread that assigns writes it; the carrier reads and clears it.
     */
    private volatile Runnable task;

    private Carrier() {
        setDaemon(true);
    }

    /** Has a carrier do {@code task} as a new actor of the schedule; the actor waits for its first turn. */
    static Actor assign(Schedule schedule, String name, Runnable task) {
        Carrier carrier = take();
        Actor actor = schedule.register(carrier, name);
        carrier.become(actor);
        carrier.task = task;
        LockSupport.unpark(carrier);
        return actor;
    }

    private static Carrier take() {
        synchronized (Carrier.class) {
            Carrier free = FREE.pollLast();
            if (free != null) {
                return free;
            }
        }
        Carrier carrier = new Carrier();
        carrier.startReally();
        return carrier;
    }

    @Override
    void live() {
        while (true) {
            while (task == null) {
                LockSupport.park(this);
            }
            Runnable mine = task;
            task = null;
            act(actor(), mine);
        }
    }

    @Override
    void beforeEnd() {
        synchronized (Carrier.class) {
            FREE.addLast(this);
        }
    }
}
