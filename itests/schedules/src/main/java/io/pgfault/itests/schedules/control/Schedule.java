// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * One run of a scenario under one schedule. The actor with the token reads and writes all fields; the explorer reads
 * them after {@link #over}.
 *
 * <p>Time is virtual: reading it costs a little, and it jumps to the next end of a timed wait when no actor can go on.
 * An actor that waits for less than {@link #BRIEF} may go on at once, as a real one may.
 */
final class Schedule {
    /** A run of more steps makes no progress. */
    static final int MOST_STEPS = 100_000;
    /** A timed wait up to this long is taken for a short rest. */
    static final long BRIEF = 1_000_000;

    private static final int STEPS_AFTER_ABORT = 2_000;

    final CountDownLatch over = new CountDownLatch(1);
    /** Which schedule this is. */
    final long seed;

    final Strategy strategy;
    /** What each actor did: actor number and place by turns; {@code null} if the run keeps no trace. */
    final List<int[]> trace;

    private final List<Actor> actors = new ArrayList<>();
    private final List<Actor> ready = new ArrayList<>();
    private final IdentityHashMap<Object, Mutex> mutexes = new IdentityHashMap<>();
    private long now = 1_000_000_000L;
    private int rests;
    private int steps;
    private Throwable failure;
    private boolean aborted;

    Schedule(long seed, int expectedSteps, boolean traced) {
        this.seed = seed;
        this.strategy = new Strategy(seed, expectedSteps);
        this.trace = traced ? new ArrayList<>() : null;
    }

    Actor register(Thread thread, String name) {
        Actor actor = new Actor(this, thread, name, actors.size());
        actor.at = -1;
        actors.add(actor);
        strategy.started(actor);
        return actor;
    }

    int steps() {
        return steps;
    }

    Throwable failure() {
        return failure;
    }

    long now(Actor me) {
        now += 50;
        return now;
    }

    Mutex mutex(Object lock) {
        return mutexes.computeIfAbsent(lock, l -> new Mutex());
    }

    List<Actor> actors() {
        return actors;
    }

    /** The run has failed; the first failure counts. */
    void fail(Throwable why) {
        if (failure == null && !(why instanceof Abort)) {
            failure = why;
        }
        aborted = true;
    }

    boolean aborted() {
        return aborted;
    }

    /** A place where {@code me} may lose the token. */
    void step(Actor me, int place) {
        me.at = place;
        if (aborted) {
            abort(me);
        }
        if (me.atomic > 0) {
            return;
        }
        count(me);
        choose(me, false);
    }

    /** {@code me} lets others go on, for about {@code nanos}. */
    void rest(Actor me, long nanos) {
        if (aborted) {
            abort(me);
        }
        if (me.atomic > 0) {
            return;
        }
        count(me);
        strategy.yields(me);
        Actor before = me;
        boolean alone = !choose(before, true);
        // An actor that rests again and again while no other actor can go on waits for time to pass.
        rests = alone ? Math.min(rests + 1, 20) : 0;
        now += nanos << rests;
    }

    private void count(Actor me) {
        if (trace != null) {
            trace.add(new int[] {me.number, me.at});
        }
        if (++steps > MOST_STEPS) {
            fail(new AssertionError("no progress in " + MOST_STEPS + " steps: " + whereabouts()));
            abort(me);
        }
    }

    /**
     * {@code me} waits until {@code condition} holds or {@code nanos} have passed.
     *
     * @return false if the time was over first
     */
    boolean await(Actor me, BooleanSupplier condition, long nanos) {
        if (aborted) {
            abort(me);
        }
        if (condition.getAsBoolean()) {
            return true;
        }
        if (me.atomic > 0) {
            fail(new AssertionError("waits within a class initializer or a map's lock at " + Locations.name(me.at)));
            abort(me);
        }
        count(me);
        me.awaited = condition;
        me.wakeAt = nanos == Long.MAX_VALUE ? Long.MAX_VALUE : now + Math.max(nanos, 0);
        me.timedOut = false;
        choose(me, true);
        me.awaited = null;
        me.wakeAt = Long.MAX_VALUE;
        return !me.timedOut;
    }

    /** The actor has come to its end. */
    void finished(Actor me) {
        me.finished = true;
        Actor next = next(me, true);
        if (next == null) {
            end();
        } else {
            next.go();
        }
    }

    /** Has one actor go on; returns, with the token, whether another one had it meanwhile. */
    private boolean choose(Actor me, boolean mustSwitch) {
        Actor next = next(me, mustSwitch);
        if (next == me) {
            return false;
        }
        if (next == null) {
            // Deadlock: every actor waits.
            abort(me);
        }
        next.go();
        me.awaitTurn();
        if (aborted) {
            abort(me);
        }
        return true;
    }

    private Actor next(Actor me, boolean mustSwitch) {
        if (aborted) {
            return anyUnfinished(me);
        }
        ready.clear();
        for (Actor actor : actors) {
            if (actor.canGoOn()) {
                ready.add(actor);
            }
        }
        if (!ready.isEmpty()) {
            return ready.size() == 1 ? ready.get(0) : strategy.choose(me, ready, steps, mustSwitch);
        }
        Actor first = null;
        boolean all = true;
        for (Actor actor : actors) {
            all &= actor.finished;
            if (!actor.finished && actor.wakeAt != Long.MAX_VALUE && (first == null || actor.wakeAt < first.wakeAt)) {
                first = actor;
            }
        }
        if (first != null) {
            now = Math.max(now, first.wakeAt);
            first.timedOut = true;
            first.awaited = null;
            return first;
        }
        if (!all && !actors.get(0).finished) {
            fail(new AssertionError("deadlock: " + whereabouts()));
            return anyUnfinished(me);
        }
        // The scenario is over; threads that still wait, as idle workers do, are ended.
        aborted = true;
        return anyUnfinished(me);
    }

    private Actor anyUnfinished(Actor me) {
        if (!me.finished) {
            return me;
        }
        for (Actor actor : actors) {
            if (!actor.finished) {
                return actor;
            }
        }
        return null;
    }

    private void abort(Actor me) {
        if (++me.afterAbort > STEPS_AFTER_ABORT) {
            // The actor swallows the end of the run: it is left behind.
            finished(me);
            me.awaitTurn();
        }
        throw new Abort();
    }

    private void end() {
        over.countDown();
    }

    /** Where each actor is, for a message. */
    String whereabouts() {
        return actors.stream()
                .filter(actor -> !actor.finished)
                .map(actor -> actor + (actor.awaited == null ? " runs at " : " waits at ") + Locations.name(actor.at))
                .collect(Collectors.joining("; "));
    }
}
