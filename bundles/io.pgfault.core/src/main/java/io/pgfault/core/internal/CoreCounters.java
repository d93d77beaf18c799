// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a device or a unit. A device's pass every count on to those of its unit. */
final class CoreCounters implements Counters {
    private final Map<Counter, LongAdder> counts = new EnumMap<>(Counter.class);
    private volatile CoreCounters unit;

    CoreCounters() {
        for (Counter counter : Counter.values()) {
            counts.put(counter, new LongAdder());
        }
    }

    /** From now on every count is also one of {@code unit}; {@code null} for nobody. */
    void countFor(CoreCounters unit) {
        this.unit = unit;
    }

    @Override
    public long get(Counter counter) {
        return counts.get(counter).sum();
    }

    @Override
    public void add(Counter counter, long delta) {
        counts.get(counter).add(delta);
        CoreCounters above = unit;
        if (above != null) {
            above.add(counter, delta);
        }
    }

    void increment(Counter counter) {
        add(counter, 1);
    }

    @Override
    public String toString() {
        return counts.toString();
    }
}
