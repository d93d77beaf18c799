// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

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
        ControlledThread[] threads = new ControlledThread[steps.length];
        for (int i = 0; i < steps.length; i++) {
            Step step = steps[i];
            threads[i] = new ControlledThread(() -> run(step), "actor " + (i + 1));
        }
        for (ControlledThread thread : threads) {
            thread.start();
        }
        for (ControlledThread thread : threads) {
            try {
                Control.join(thread);
            } catch (InterruptedException e) {
                throw new AssertionError("the scenario's first thread is not interrupted", e);
            }
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
