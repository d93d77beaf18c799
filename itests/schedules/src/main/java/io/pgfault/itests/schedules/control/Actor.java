// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One thread of a run as the scheduler sees it. The actor that holds the token reads and writes every field;
 * {@link #turn} is the token itself.
 */
final class Actor {
    private static final int SPINS = 2000;

    final Schedule schedule;
    final Thread thread;
    final String name;
    final int number;
    /** What the actor waits for; {@code null} while the actor can go on. */
    BooleanSupplier awaited;
    /** When the wait ends anyway, in virtual nanoseconds; {@code Long.MAX_VALUE} for never. */
    long wakeAt = Long.MAX_VALUE;
    /** Whether the last wait ended by its time. */
    boolean timedOut;
    /** The permit of {@code LockSupport}. */
    boolean permit;
    /** The thread's interrupt flag. */
    boolean interrupted;

    boolean finished;
    /** While positive the actor keeps the token: within a class initializer or a map's own lock. */
    int atomic;
    /** The scheduler prefers the actor with the highest priority. */
    long priority;
    /** Steps that the actor took after the run was aborted. */
    int afterAbort;
    /** What the actor did last, an index of {@link Locations}. */
    int at;
    /** The monitors of the synchronized methods that the actor is in, the innermost last. */
    final java.util.ArrayDeque<Object> synchronizedOn = new java.util.ArrayDeque<>();

    /** Written by the actor that hands the token over; read by this actor, which waits for it. */
    private volatile boolean turn;

    Actor(Schedule schedule, Thread thread, String name, int number) {
        this.schedule = schedule;
        this.thread = thread;
        this.name = name;
        this.number = number;
    }

    boolean canGoOn() {
        return !finished && (awaited == null || awaited.getAsBoolean());
    }

    /** Gives this actor the token. */
    void go() {
        turn = true;
        LockSupport.unpark(thread);
    }

    /** Returns when this actor has the token. */
    void awaitTurn() {
        for (int i = 0; !turn; i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
            }
        }
        turn = false;
    }

    @Override
    public String toString() {
        return number + " " + name;
    }
}
