// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.count;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.ResponseCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Counters of a device or a unit. A count of a device is also a count of the unit that the device was in last: the unit
 * adds up its devices when a thread reads it, so counting touches the device's own memory only. Every count is one
 * atomic addition; any thread counts, any thread reads.
 *
 * <p><b>Counters never fall</b> (rule C18). A unit is read, and a device's counts are moved to it, under one lock, the
 * monitor of the unit's {@code devices}: a reader finds a count either at the device or at the unit. When a device goes
 * for good, {@link #carryOver} marks each count with its highest bit; a thread that adds to a marked count sees the
 * mark in the former value, and adds the same amount to the unit.
 */
public final class CoreCounters implements Counters {
    private static final Counter[] ALL = Counter.values();
    private static final VarHandle COUNT =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();
    private static final long CARRIED = Long.MIN_VALUE;

    /** Every counter once. Any thread adds atomically, any thread reads. */
    private final long[] counts = new long[ALL.length];
    /** What had been counted when the device came to its unit; guarded by the unit's {@code devices}. */
    private final long[] before = new long[ALL.length];
    /** The counters of a unit's devices; empty for a device. Guarded by the monitor of this set. */
    private final Set<CoreCounters> devices = new LinkedHashSet<>();
    /** Where this device counts. Written under this object's monitor, read by any thread. */
    private volatile CoreCounters unit;

    // Counting

    /** A group has been answered. */
    public void response(ResponseCode code) {
        increment(
                switch (code) {
                    case SUCCESS -> Counter.SUCCESS;
                    case INVALID -> Counter.INVALID;
                    case FAILURE -> Counter.FAILURE;
                });
    }

    @Override
    public void add(Counter counter, long delta) {
        if (delta < 0) {
            throw new IllegalArgumentException("counters never fall, but " + counter + " was to fall by " + -delta);
        }
        if ((long) COUNT.getAndAdd(counts, index(counter), delta) < 0) {
            unit.add(counter, delta);
        }
    }

    /** Adds one. */
    public void increment(Counter counter) {
        add(counter, 1);
    }

    // Reading

    @Override
    public long get(Counter counter) {
        synchronized (devices) {
            long sum = own(counter);
            for (CoreCounters device : devices) {
                sum += device.own(counter) - device.before[index(counter)];
            }
            return sum;
        }
    }

    /** The device's or the unit's own count, the unit's devices left out. */
    private long own(Counter counter) {
        return (long) COUNT.getVolatile(counts, index(counter)) & ~CARRIED;
    }

    /** How many groups of the device were answered so far. A count is here before its response is at the driver. */
    public long responses() {
        return own(Counter.SUCCESS) + own(Counter.INVALID) + own(Counter.FAILURE);
    }

    // Belonging to a unit

    /** From now on every count is also one of {@code to}; what was counted before stays with the former unit. */
    public synchronized void countFor(CoreCounters to) {
        CoreCounters former = unit;
        if (former == to) {
            return;
        }
        if (former != null) {
            synchronized (former.devices) {
                former.devices.remove(this);
                for (Counter counter : ALL) {
                    long counted = own(counter);
                    former.add(counter, counted - before[index(counter)]);
                    before[index(counter)] = counted;
                }
            }
        }
        unit = to;
        synchronized (to.devices) {
            if (former == null) {
                for (Counter counter : ALL) {
                    before[index(counter)] = own(counter);
                }
            }
            to.devices.add(this);
        }
    }

    /**
     * The device has gone for good: its unit keeps the counts and forgets the device. What a thread still counts goes
     * to the unit.
     */
    public synchronized void carryOver() {
        CoreCounters to = unit;
        if (to == null) {
            return;
        }
        synchronized (to.devices) {
            if (to.devices.remove(this)) {
                for (Counter counter : ALL) {
                    long counted = (long) COUNT.getAndBitwiseOr(counts, index(counter), CARRIED);
                    to.add(counter, counted - before[index(counter)]);
                }
            }
        }
    }

    @SuppressWarnings("EnumOrdinal") // A place in memory, as EnumMap has it. Nothing outside depends on it.
    private static int index(Counter counter) {
        return counter.ordinal();
    }

    @Override
    public String toString() {
        Map<Counter, Long> all = new EnumMap<>(Counter.class);
        for (Counter counter : ALL) {
            all.put(counter, get(counter));
        }
        return all.toString();
    }
}
