// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What rewritten classes call in place of, or before, what the JDK offers. Each method has the parameters of what it
 * replaces, the receiver first. A thread that is no actor, as the explorer is, passes through the steps without effect.
 */
public final class Control {
    private static final long YIELD_NANOS = 2_000;
    private static final long SPIN_NANOS = 100;

    private Control() {}

    static Actor me() {
        return Thread.currentThread() instanceof ControlledThread thread ? thread.actor() : null;
    }

    private static Actor actor() {
        Actor me = me();
        if (me == null) {
            throw new IllegalStateException("only a thread of a scenario may block here");
        }
        return me;
    }

    /** Before an access to shared state. */
    public static void step(int place) {
        Actor me = me();
        if (me != null) {
            me.schedule.step(me, place);
        }
    }

    /** Before an access to a field that isn't volatile. */
    public static void plainStep(int place) {
        Actor me = me();
        if (me != null && me.schedule.strategy.plain()) {
            me.schedule.step(me, place);
        }
    }

    /** Says where the call is that follows. */
    public static void at(int place) {
        Actor me = me();
        if (me != null) {
            me.at = place;
        }
    }

    static void step() {
        Actor me = me();
        if (me != null) {
            me.schedule.step(me, me.at);
        }
    }

    /** From here to {@link #atomicEnd} the actor keeps the token. */
    public static void atomicBegin() {
        Actor me = me();
        if (me != null) {
            me.atomic++;
        }
    }

    public static void atomicEnd() {
        Actor me = me();
        if (me != null) {
            me.atomic--;
        }
    }

    // Monitors

    public static void monitorEnter(Object monitor) {
        step();
        Actor me = me();
        if (me != null) {
            enter(me, me.schedule.mutex(monitor), 1);
        }
    }

    private static void enter(Actor me, Mutex mutex, int depth) {
        me.schedule.await(me, () -> mutex.owner == null || mutex.owner == me, Long.MAX_VALUE);
        mutex.owner = me;
        mutex.depth += depth;
    }

    public static void monitorExit(Object monitor) {
        Actor me = me();
        if (me != null) {
            exit(me, me.schedule.mutex(monitor));
        }
    }

    private static void exit(Actor me, Mutex mutex) {
        // An aborted actor leaves blocks that it never entered.
        if (mutex.owner == me && --mutex.depth == 0) {
            mutex.owner = null;
        }
    }

    /** A synchronized method begins. */
    public static void synchronizedEnter(Object monitor) {
        monitorEnter(monitor);
        Actor me = me();
        if (me != null) {
            me.synchronizedOn.addLast(monitor);
        }
    }

    /** The synchronized method that began last ends. */
    public static void synchronizedExit() {
        Actor me = me();
        if (me != null) {
            monitorExit(me.synchronizedOn.removeLast());
        }
    }

    public static boolean holdsLock(Object monitor) {
        Actor me = actor();
        return me.schedule.mutex(monitor).owner == me;
    }

    public static void await(Object monitor) throws InterruptedException {
        await(monitor, Long.MAX_VALUE);
    }

    public static void awaitMillis(Object monitor, long millis) throws InterruptedException {
        await(monitor, millis == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(millis));
    }

    public static void timedWait(TimeUnit unit, Object monitor, long time) throws InterruptedException {
        if (time > 0) {
            await(monitor, unit.toNanos(time));
        }
    }

    /** Waits for a signal; returns false if the time was over first. */
    static boolean await(Object monitor, long nanos) throws InterruptedException {
        Actor me = actor();
        Mutex mutex = me.schedule.mutex(monitor);
        if (mutex.owner != me) {
            throw new IllegalMonitorStateException("the thread doesn't hold the monitor that it waits for");
        }
        int depth = mutex.depth;
        mutex.owner = null;
        mutex.depth = 0;
        mutex.waiting.add(me);
        boolean signalled;
        try {
            signalled = me.schedule.await(me, () -> me.interrupted || !mutex.waiting.contains(me), nanos);
        } finally {
            mutex.waiting.remove(me);
        }
        enter(me, mutex, depth);
        checkInterrupt(me);
        return signalled;
    }

    private static void checkInterrupt(Actor me) throws InterruptedException {
        if (me.interrupted) {
            me.interrupted = false;
            throw new InterruptedException();
        }
    }

    public static void signal(Object monitor) {
        Actor me = actor();
        Mutex mutex = me.schedule.mutex(monitor);
        if (!mutex.waiting.isEmpty()) {
            mutex.waiting.remove(me.schedule.strategy.pick(mutex.waiting.size()));
        }
    }

    public static void signalAll(Object monitor) {
        actor().schedule.mutex(monitor).waiting.clear();
    }

    // Locks

    public static void lock(ReentrantLock lock) {
        monitorEnter(lock);
    }

    public static void lockInterruptibly(ReentrantLock lock) throws InterruptedException {
        step();
        Actor me = actor();
        Mutex mutex = me.schedule.mutex(lock);
        me.schedule.await(me, () -> me.interrupted || mutex.owner == null || mutex.owner == me, Long.MAX_VALUE);
        checkInterrupt(me);
        enter(me, mutex, 1);
    }

    public static boolean tryLock(ReentrantLock lock) {
        step();
        Actor me = actor();
        Mutex mutex = me.schedule.mutex(lock);
        if (mutex.owner != null && mutex.owner != me) {
            return false;
        }
        enter(me, mutex, 1);
        return true;
    }

    public static void unlock(ReentrantLock lock) {
        monitorExit(lock);
    }

    public static boolean isHeldByCurrentThread(ReentrantLock lock) {
        return holdsLock(lock);
    }

    public static boolean isLocked(ReentrantLock lock) {
        step();
        return actor().schedule.mutex(lock).owner != null;
    }

    public static Condition newCondition(ReentrantLock lock) {
        return new ControlledCondition(lock);
    }

    // Threads

    public static void park() {
        park(Long.MAX_VALUE);
    }

    public static void park(Object blocker) {
        park(Long.MAX_VALUE);
    }

    public static void parkNanos(long nanos) {
        park(nanos);
    }

    public static void parkNanos(Object blocker, long nanos) {
        park(nanos);
    }

    private static void park(long nanos) {
        step();
        Actor me = actor();
        if (nanos <= Schedule.BRIEF && !me.permit && !me.interrupted) {
            me.schedule.rest(me, nanos);
        } else {
            me.schedule.await(me, () -> me.permit || me.interrupted, nanos);
        }
        me.permit = false;
    }

    public static void unpark(Thread thread) {
        step();
        if (thread instanceof ControlledThread controlled && controlled.actor() != null) {
            controlled.actor().permit = true;
        }
    }

    public static void join(Thread thread) throws InterruptedException {
        joined(thread, Long.MAX_VALUE);
    }

    public static void join(Thread thread, long millis) throws InterruptedException {
        joined(thread, millis == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(millis));
    }

    public static void timedJoin(TimeUnit unit, Thread thread, long time) throws InterruptedException {
        if (time > 0) {
            joined(thread, unit.toNanos(time));
        }
    }

    private static void joined(Thread thread, long nanos) throws InterruptedException {
        step();
        Actor me = actor();
        Actor other = ((ControlledThread) thread).actor();
        if (other != null) {
            me.schedule.await(me, () -> me.interrupted || other.finished, nanos);
        }
        checkInterrupt(me);
    }

    public static boolean isAlive(Thread thread) {
        step();
        Actor other = ((ControlledThread) thread).actor();
        return other != null && !other.finished;
    }

    public static boolean interrupted() {
        Actor me = me();
        if (me == null) {
            return Thread.interrupted();
        }
        boolean was = me.interrupted;
        me.interrupted = false;
        return was;
    }

    @SuppressWarnings("NamedLikeContextualKeyword") // The name of what it replaces.
    public static void yield() {
        rest(YIELD_NANOS);
    }

    public static void onSpinWait() {
        rest(SPIN_NANOS);
    }

    private static void rest(long nanos) {
        Actor me = me();
        if (me != null) {
            me.schedule.rest(me, nanos);
        }
    }

    public static void sleep(long millis) throws InterruptedException {
        Actor me = actor();
        me.schedule.await(me, () -> me.interrupted, TimeUnit.MILLISECONDS.toNanos(millis));
        checkInterrupt(me);
    }

    public static long nanoTime() {
        Actor me = me();
        return me == null ? System.nanoTime() : me.schedule.now(me);
    }

    public static long currentTimeMillis() {
        return TimeUnit.NANOSECONDS.toMillis(nanoTime());
    }

    // Maps that call back under a lock of their own

    @SuppressWarnings({"rawtypes", "unchecked"})
    public static Object computeIfAbsent(Map map, Object key, Function function) {
        step();
        atomicBegin();
        try {
            return map.computeIfAbsent(key, function);
        } finally {
            atomicEnd();
        }
    }

    @SuppressWarnings({"rawtypes", "unchecked"})
    public static Object computeIfPresent(Map map, Object key, BiFunction function) {
        step();
        atomicBegin();
        try {
            return map.computeIfPresent(key, function);
        } finally {
            atomicEnd();
        }
    }

    @SuppressWarnings({"rawtypes", "unchecked"})
    public static Object compute(Map map, Object key, BiFunction function) {
        step();
        atomicBegin();
        try {
            return map.compute(key, function);
        } finally {
            atomicEnd();
        }
    }

    @SuppressWarnings({"rawtypes", "unchecked"})
    public static Object merge(Map map, Object key, Object value, BiFunction function) {
        step();
        atomicBegin();
        try {
            return map.merge(key, value, function);
        } finally {
            atomicEnd();
        }
    }
}
