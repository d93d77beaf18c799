// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Counters of a device or a unit. What a device counts is a count of its unit too: while the device belongs to the unit,
 * the unit adds its devices up when it is read, so that counting is one addition in the device's own memory, however
 * many devices count at the same time.
 *
 * <p>When the device leaves the unit for good, its counts are carried over, once, and marked: whoever adds to a marked
 * count sees the mark in what was there, and adds to the unit as well. So a count that comes late is not lost, and none is
 * there twice.
 */
final class CoreCounters implements Counters {
    private static final Counter[] ALL = Counter.values();
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long CARRIED = Long.MIN_VALUE;
    /** The event thread counts these, others count the rest: they are a cache line apart. */
    private static final int BY_EVENT_THREAD = 2;

    private static final int APART = Long.BYTES;

    private final long[] counts = new long[ALL.length + APART];
    /** What had been counted when the device came to its unit. */
    private final long[] before = new long[counts.length];
    /** For a unit: its devices' counters. Guarded by itself. */
    private final Set<CoreCounters> devices = new LinkedHashSet<>();

    private volatile CoreCounters unit;

    /** From now on every count is also one of {@code unit}. */
    synchronized void countFor(CoreCounters unit) {
        CoreCounters former = this.unit;
        if (former == unit) {
            return;
        }
        if (former == null) {
            this.unit = unit;
            synchronized (unit.devices) {
                for (Counter counter : ALL) {
                    before[index(counter)] = get(counter);
                }
                unit.devices.add(this);
            }
        } else {
            carryOver();
            this.unit = unit;
        }
    }

    /** The device has gone: its unit keeps the counts, and not the device. */
    synchronized void carryOver() {
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

    @Override
    public long get(Counter counter) {
        long own = (long) COUNT.getVolatile(counts, index(counter)) & ~CARRIED;
        synchronized (devices) {
            for (CoreCounters device : devices) {
                own += device.get(counter) - device.before[index(counter)];
            }
        }
        return own;
    }

    @Override
    public void add(Counter counter, long delta) {
        if ((long) COUNT.getAndAdd(counts, index(counter), delta) < 0) {
            unit.add(counter, delta);
        }
    }

    void increment(Counter counter) {
        add(counter, 1);
    }

    @SuppressWarnings("EnumOrdinal") // a place in memory, as EnumMap has it; nothing outside depends on it
    private static int index(Counter counter) {
        int ordinal = counter.ordinal();
        return ordinal < BY_EVENT_THREAD ? ordinal : ordinal + APART;
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
