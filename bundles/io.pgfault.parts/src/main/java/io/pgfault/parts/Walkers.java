// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The walks of page tables that are under way, so that an invalidation ends after the walks that began before the
 * invalidation (VT-d 4.1 §6.5.2.3, drain of reads and writes; IHI 0070 F.b §4.7.3, completion of CMD_SYNC; rule S06).
 * Software may use the memory of a page table for something else when the invalidation has returned, and no walk reads
 * or sets a bit there.
 *
 * <p>Algorithm: quiescent states, one for each thread. A walking thread marks its {@link Turn} as busy, then reads
 * caches and tables. An invalidating thread, whose software has changed the tables, sweeps the caches, then waits until
 * each turn that is busy has ended. Invariant: a walk that goes on after the invalidation has returned has read no
 * table, and no entry of a cache, from before the invalidation. For mark, sweep and both reads are in one total order
 * (Dekker): a walking thread that found a swept entry has marked its turn before, and the invalidating thread sees the
 * mark.
 *
 * <p>A walking thread must wait for no invalidation and for no device before it ends its turn, so the wait is short. A
 * thread that invalidates within its own turn, as a page table that is an object may make it do, does not wait for
 * itself. Any thread.
 *
 * @param <T> what a walking thread owns
 */
public final class Walkers<T extends Walkers.Turn> {
    private static final int SPINS = 1000;
    private static final long PAUSE_NANOS = 20_000;

    /** The turns of the threads that have walked. A walking thread adds its own, once; invalidating threads read. */
    private final List<WeakReference<T>> turns = new CopyOnWriteArrayList<>();

    private final ThreadLocal<T> own;

    /** Whether one thread walks. The owning thread begins and ends the turn; invalidating threads look at it. */
    public static class Turn {
        private static final VarHandle COUNT;

        static {
            try {
                COUNT = MethodHandles.lookup()
                        .findVarHandle(Turn.class, "count", long.class)
                        .withInvokeExactBehavior();
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        /** The thread that made the turn, and alone begins and ends it. */
        private final Thread owner = Thread.currentThread();
        /** How often the turn has begun and ended; odd while busy. The owner writes it, invalidating threads read. */
        private volatile long count;

        /** The owning thread begins to read caches and tables. */
        public final void begin() {
            count = (long) COUNT.get(this) + 1;
        }

        /** The owning thread reads no table any more, and uses no entry of a cache. */
        public final void end() {
            COUNT.setRelease(this, (long) COUNT.get(this) + 1);
        }

        final void awaitEnd() {
            if (owner == Thread.currentThread()) {
                return;
            }
            long seen = count;
            for (int spins = 0; (seen & 1) != 0 && count == seen; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(this, PAUSE_NANOS);
                }
            }
        }
    }

    /** @param made makes what a thread owns, at the thread's first walk */
    public Walkers(Supplier<T> made) {
        own = ThreadLocal.withInitial(() -> added(made.get()));
    }

    private T added(T turn) {
        turns.removeIf(reference -> reference.get() == null);
        turns.add(new WeakReference<>(turn));
        return turn;
    }

    /** What the calling thread owns, which each of its walks uses again, so that a walk allocates nothing. */
    public T own() {
        return own.get();
    }

    /** Returns when each turn has ended that is busy now. */
    public void awaitBusy() {
        for (WeakReference<T> reference : turns) {
            T turn = reference.get();
            if (turn != null) {
                turn.awaitEnd();
            }
        }
    }
}
