// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * The accesses that use a translation now (epoch-based reclamation), so that an invalidating thread waits for the
 * accesses that may use a stale translation (rule S06) and for no other access.
 *
 * <p>An accessing thread takes a free slot and writes the current epoch into the slot, with one compare-and-set. The
 * accessing thread looks its translation up after that, and clears the slot after the use. An invalidating thread first
 * drops the translation from the cache, then advances the epoch, then waits until no slot holds an epoch before the new
 * epoch. The accessing thread writes the slot before the look-up, and the invalidating thread drops the translation
 * before reading the slots, all in one total order: either the invalidating thread sees the slot and waits, or the
 * accessing thread finds no translation. An access of the new epoch finds no stale translation. The invalidating thread
 * doesn't wait for an access of the new epoch, so a stream of new accesses can't delay an invalidation.
 *
 * <p>An accessing thread that asks the unit for a translation reads the epoch before the request and enters with that
 * epoch. The accessing thread uses the translation only if the epoch is unchanged after entering, and asks again
 * otherwise.
 *
 * <p>Any thread. A thread must not advance and wait between its own enter and leave.
 */
final class AccessEpochs {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    /** The count of slots. A thread that finds all slots taken waits for a free slot. */
    private static final int SLOTS = 64;

    /** Longs from slot to slot: two cache lines, because processors prefetch them in pairs. */
    private static final int STRIDE = 16;

    private static final int FREE = 0;
    private static final int SPINS = 1000;
    private static final long PAUSE_NANOS = 20_000;

    /** The epoch of each access. The accessing thread writes its slot; invalidating threads read all slots. */
    private final long[] slots = new long[(SLOTS + 1) * STRIDE];
    /** The current epoch. The invalidating thread writes it in {@link #advance}; any thread reads it. */
    private volatile long epoch = 1;

    /** The current epoch, never {@value #FREE}. */
    long current() {
        return epoch;
    }

    /** Begins an access in the current epoch, before its look-up. Returns the slot for {@link #leave}. */
    int enter() {
        return enter(epoch);
    }

    /** Begins an access whose translation the thread requested after reading {@code asked} as the current epoch. */
    int enter(long asked) {
        int first = (int) Thread.currentThread().getId();
        for (int i = 0; ; i++) {
            int slot = (1 + ((first + i) & (SLOTS - 1))) * STRIDE;
            if (SLOT.compareAndSet(slots, slot, (long) FREE, asked)) {
                return slot;
            }
            if (i % SLOTS == SLOTS - 1) {
                LockSupport.parkNanos(this, PAUSE_NANOS);
            }
        }
    }

    /** Ends an access: the thread doesn't use the translation after this call. */
    void leave(int slot) {
        SLOT.setRelease(slots, slot, (long) FREE);
    }

    /**
     * Begins an epoch and returns it. The caller has dropped the translations, and holds a lock that keeps calls apart.
     */
    long advance() {
        long next = epoch + 1;
        epoch = next;
        return next;
    }

    /** Returns when every access that entered before {@code limit} has left. */
    void awaitBefore(long limit) {
        for (int i = 1; i <= SLOTS; i++) {
            int slot = i * STRIDE;
            for (int spins = 0; isBefore(slot, limit); spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(this, PAUSE_NANOS);
                }
            }
        }
    }

    private boolean isBefore(int slot, long limit) {
        long entered = (long) SLOT.getVolatile(slots, slot);
        return entered != FREE && entered < limit;
    }
}
