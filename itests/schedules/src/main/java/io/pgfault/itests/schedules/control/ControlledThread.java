// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

/** What rewritten classes make in place of a {@code Thread}, so that each thread of a run is one of its actors. */
public class ControlledThread extends Thread {
    /**
     * Written before the thread's first step by the thread that starts or assigns it; read by every actor of the run.
     */
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

    void become(Actor next) {
        actor = next;
    }

    void startReally() {
        super.start();
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // Only the actor with the token is here.
    public void start() {
        Actor starting = Control.me();
        if (actor != null || starting == null) {
            throw new IllegalThreadStateException(
                    "a thread of a scenario is started once, by a thread of the scenario");
        }
        actor = starting.schedule.register(this, getName());
        setDaemon(true);
        startReally();
        Control.step();
    }

    @Override
    public final void run() {
        live();
    }

    void live() {
        act(actor, this::body);
    }

    /** Does {@code task} as {@code me}, from the actor's first turn to its end. */
    final void act(Actor me, Runnable task) {
        me.awaitTurn();
        try {
            if (!me.schedule.aborted()) {
                task.run();
            }
        } catch (Throwable e) {
            me.schedule.fail(e);
        } finally {
            beforeEnd();
            me.schedule.finished(me);
        }
    }

    /** Called by this thread before it hands the token over for the last time. */
    void beforeEnd() {}

    /** What the thread does; a rewritten subclass has its {@code run} here. */
    public void body() {
        super.run();
    }

    @Override
    public void interrupt() {
        Actor me = actor;
        if (me != null) {
            me.interrupted = true;
        }
    }

    @Override
    public boolean isInterrupted() {
        Actor me = actor;
        return me != null && me.interrupted;
    }
}
