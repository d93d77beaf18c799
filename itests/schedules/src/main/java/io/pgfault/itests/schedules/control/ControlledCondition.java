// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A condition of a lock of a run: the waiting actors of the lock's mutex, so a lock has one condition. */
final class ControlledCondition implements Condition {
    private final ReentrantLock lock;

    ControlledCondition(ReentrantLock lock) {
        this.lock = lock;
    }

    @Override
    public void await() throws InterruptedException {
        Control.await((Object) lock);
    }

    @Override
    public void awaitUninterruptibly() {
        try {
            Control.await((Object) lock);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public long awaitNanos(long nanos) throws InterruptedException {
        long start = Control.nanoTime();
        Control.await(lock, nanos);
        return nanos - (Control.nanoTime() - start);
    }

    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        return Control.await(lock, unit.toNanos(time));
    }

    @Override
    public boolean awaitUntil(Date deadline) {
        throw new UnsupportedOperationException("a scenario has no calendar");
    }

    @Override
    public void signal() {
        Control.signal(lock);
    }

    @Override
    public void signalAll() {
        Control.signalAll(lock);
    }
}
