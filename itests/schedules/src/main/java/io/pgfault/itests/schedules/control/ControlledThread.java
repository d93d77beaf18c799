// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

/** What rewritten classes make in place of a {@code Thread}, so that each thread of a run is one of its actors. */
public class ControlledThread extends Thread {
    /** Written by the thread that starts this one, before the start. */
    private Actor actor;

    public ControlledThread() {}

    public ControlledThread(Runnable target) {
        super(target);
    }

    public ControlledThread(String name) {
        super(name);
    }

    public ControlledThread(Runnable target, String name) {
        super(target, name);
    }

    public ControlledThread(ThreadGroup group, Runnable target, String name) {
        super(group, target, name);
    }

    Actor actor() {
        return actor;
    }

    /** Starts the first actor of a run. */
    void startFirst(Schedule schedule) {
        actor = schedule.register(this);
        setDaemon(true);
        super.start();
        actor.go();
    }

    @Override
    public void start() {
        Actor starting = Control.me();
        if (actor != null || starting == null) {
            throw new IllegalThreadStateException(
                    "a thread of a scenario is started once, by a thread of the scenario");
        }
        actor = starting.schedule.register(this);
        setDaemon(true);
        super.start();
        Control.step();
    }

    @Override
    public final void run() {
        actor.awaitTurn();
        try {
            if (!actor.schedule.aborted()) {
                body();
            }
        } catch (Throwable e) {
            actor.schedule.fail(e);
        } finally {
            actor.schedule.finished(actor);
        }
    }

    /** What the thread does; a rewritten subclass has its {@code run} here. */
    @SuppressWarnings("DoNotCall")
    public void body() {
        super.run();
    }

    @Override
    public void interrupt() {
        actor.interrupted = true;
    }

    @Override
    public boolean isInterrupted() {
        return actor.interrupted;
    }
}
