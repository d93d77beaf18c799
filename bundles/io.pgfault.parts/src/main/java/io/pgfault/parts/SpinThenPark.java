// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Where one thread, the owner, waits until other threads have made a condition true.
 *
 * <p>To park and to be woken costs both threads more than some hundred page request groups cost. So while the condition
 * becomes true in quick succession, the owner looks at the condition for {@value #LOOK_MICROS} microseconds, and lets
 * other threads have the processor meanwhile, before it parks.
 *
 * <p><b>Algorithm:</b> Dekker's two flags. The owner sets {@code parked}, then looks at the condition once more. A
 * waking thread makes the condition true, then reads {@code parked} in {@link #wake}.
 *
 * <p><b>Invariant:</b> all four accesses are volatile, so either the owner sees the condition, or the waking thread
 * sees {@code parked} and unparks the owner: the owner never sleeps while the condition is true and every waking thread
 * has returned.
 *
 * <p>An interrupt of the owner has no meaning here. The owner clears the interrupt flag when it parks, because a parked
 * thread with a set flag would spin; to end the owner, make the condition true.
 */
public final class SpinThenPark {
    private static final int LOOK_MICROS = 50;
    private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(LOOK_MICROS);
    /** How often the owner looks before it lets other threads have the processor. */
    private static final int SPINS = 100;

    /** Whether the owner parks or is about to. The owner sets and clears it; waking threads clear it. */
    private final AtomicBoolean parked = new AtomicBoolean();
    /**
     * The thread that waits. The owner writes it before {@code parked}; waking threads read it after {@code parked}.
     */
    private volatile Thread owner;
    /** Whether the condition came true quickly the last time. Only the owner reads and writes it. */
    private boolean quick;

    /**
     * Returns when {@code condition} holds. Called by one thread at a time, the owner.
     *
     * @param condition reads volatile state, takes no lock that a waking thread holds, and doesn't throw
     */
    public void await(BooleanSupplier condition) {
        if (condition.getAsBoolean()) {
            return;
        }
        long start = System.nanoTime();
        if (quick && looked(condition, start)) {
            return;
        }
        park(condition);
        // To be woken takes about as long as to look.
        quick = System.nanoTime() - start < 2 * LOOK_NANOS;
    }

    /**
     * Wakes the owner if the owner is parked. Called by a thread after it has made the condition true.
     *
     * @return whether this call woke the owner; false if the owner is awake, or another thread wakes the owner
     */
    public boolean wake() {
        if (parked.get() && parked.compareAndSet(true, false)) {
            LockSupport.unpark(owner);
            return true;
        }
        return false;
    }

    /** Whether the owner is parked or about to park; a glance that may be stale when the caller reads the result. */
    public boolean isParked() {
        return parked.get();
    }

    @SuppressWarnings("ThreadPriorityCheck") // The yield is meant as no more than a hint.
    private static boolean looked(BooleanSupplier condition, long start) {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
            if (condition.getAsBoolean()) {
                return true;
            }
        }
        do {
            Thread.yield();
            if (condition.getAsBoolean()) {
                return true;
            }
        } while (System.nanoTime() - start < LOOK_NANOS);
        return false;
    }

    private void park(BooleanSupplier condition) {
        owner = Thread.currentThread();
        do {
            parked.set(true);
            while (!condition.getAsBoolean() && parked.get()) {
                LockSupport.park(this);
                Thread.interrupted();
            }
        } while (!condition.getAsBoolean());
        parked.set(false);
    }
}
