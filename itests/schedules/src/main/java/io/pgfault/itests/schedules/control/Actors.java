// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.SplittableRandom;

/** What a scenario does with threads. */
public final class Actors {
    private Actors() {}

    /** What one thread of a scenario does. */
    @FunctionalInterface
    public interface Step {
        void run() throws Exception;
    }

    /** Runs each step on a thread of its own; returns when every step has ended. */
    public static void together(Step... steps) {
        Actor me = Control.me();
        Actor[] actors = new Actor[steps.length];
        for (int i = 0; i < steps.length; i++) {
            Step step = steps[i];
            actors[i] = Carrier.assign(me.schedule, "actor " + (i + 1), () -> run(step));
        }
        for (Actor actor : actors) {
            me.schedule.await(me, () -> actor.finished, Long.MAX_VALUE);
        }
    }

    private static void run(Step step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a step of a scenario failed", e);
        }
    }

    /** Random numbers that the seed of the schedule decides. */
    public static SplittableRandom random() {
        Actor me = Control.me();
        return new SplittableRandom(me == null ? 0 : me.schedule.seed);
    }

    /** Whether every thread of the run but the calling one has come to its end. */
    public static boolean othersHaveEnded() {
        Actor me = Control.me();
        return me == null || me.schedule.actors().stream().allMatch(actor -> actor == me || actor.finished);
    }

    /** Fails the run unless {@code holds}, also where the code under test catches what its caller throws. */
    public static void check(boolean holds, String otherwise) {
        if (!holds) {
            AssertionError failure = new AssertionError(otherwise);
            Actor me = Control.me();
            if (me != null) {
                me.schedule.fail(failure);
            }
            throw failure;
        }
    }
}
