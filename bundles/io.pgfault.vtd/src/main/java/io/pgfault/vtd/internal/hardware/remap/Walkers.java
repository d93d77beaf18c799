// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.remap;

import io.pgfault.vtd.internal.hardware.walk.Walk;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * The walks that are under way, so that an invalidation ends after the walks that began before it (VT-d 4.1 §6.5.2.3,
 * drain of reads and writes; rule S06): software may then use the memory of a page table for something else, and no
 * walk sets a bit there.
 *
 * <p>Algorithm: quiescent states, one for each thread. A walking thread marks its {@link Walk} as busy, then reads
 * caches and tables. An invalidating thread, whose software has changed the tables, sweeps the caches, then waits until
 * each walk that is busy has ended. Invariant: a walk that goes on after the invalidation has returned has read no
 * table, and no entry of a cache, from before. For mark, sweep and both reads are in one total order (Dekker): a
 * walking thread that found a swept entry has marked its walk before, and the invalidating thread sees the mark.
 *
 * <p>A walk waits for no invalidation and for no device, so the wait is short. Any thread.
 */
public final class Walkers {
    private static final int SPINS = 1000;
    private static final long PAUSE_NANOS = 20_000;

    /** The walks of the threads that have walked. A walking thread adds its own, once; invalidating threads read. */
    private final List<WeakReference<Walk>> walks = new CopyOnWriteArrayList<>();

    private final ThreadLocal<Walk> own = ThreadLocal.withInitial(this::added);

    private Walk added() {
        walks.removeIf(walk -> walk.get() == null);
        Walk walk = new Walk();
        walks.add(new WeakReference<>(walk));
        return walk;
    }

    /**
     * The calling thread's walk, to which it writes the result of its requests, so that a request allocates nothing.
     */
    public Walk own() {
        return own.get();
    }

    /** Returns when each walk has ended that is busy now. */
    void awaitBusy() {
        for (WeakReference<Walk> reference : walks) {
            Walk walk = reference.get();
            long seen = walk == null ? 0 : walk.turn();
            for (int spins = 0; Walk.isBusy(seen) && walk.turn() == seen; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(this, PAUSE_NANOS);
                }
            }
        }
    }
}
