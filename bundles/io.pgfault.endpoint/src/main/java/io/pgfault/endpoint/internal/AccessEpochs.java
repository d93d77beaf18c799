// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Knows which accesses are using a translation, so that an invalidation waits for the accesses that may use a stale
 * translation (rule S06) and for no other access.
 *
 * <p>An access takes a free slot and writes the current epoch into it, with one compare-and-set; only then does it look
 * its translation up; it clears the slot when it is through. An invalidation first makes the translation impossible to
 * find, then advances the epoch, then waits until no slot holds an epoch before the new one. The slot is written before
 * the look-up, and the translation dropped before the slots are read, all in one total order: either the invalidation
 * sees the slot and waits, or the access finds nothing. An access that began in the new epoch finds nothing stale, so
 * nobody waits for it, and a stream of new accesses can't hold an invalidation up.
 *
 * <p>An access that got its translation otherwise than by a look-up notes the epoch before it asks, enters with that
 * epoch, and must see it unchanged afterwards; if it changed, it has to ask again.
 *
 * <p>Any thread. A thread must not advance and wait between its own enter and leave.
 */
final class AccessEpochs {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    /** More accesses than this at one instant wait for each other. */
    private static final int SLOTS = 64;

    /** Longs from slot to slot: two cache lines, because processors prefetch them in pairs. */
    private static final int STRIDE = 16;

    private static final int FREE = 0;
    private static final int SPINS = 1000;
    private static final long PAUSE_NANOS = 20_000;

    private final long[] slots = new long[(SLOTS + 1) * STRIDE];
    private volatile long epoch = 1;

    /** The current epoch, never {@value #FREE}. */
    long current() {
        return epoch;
    }

    /** An access begins in the current epoch; it looks its translation up after this. Returns what to leave with. */
    int enter() {
        return enter(epoch);
    }

    /** An access begins with a translation that it asked for after it had read {@code asked} as the current epoch. */
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

    /** The access is through with its translation. */
    void leave(int slot) {
        SLOT.setRelease(slots, slot, (long) FREE);
    }

    /** Begins an epoch and returns it. Calls must not overlap; the caller has dropped the translations before. */
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
