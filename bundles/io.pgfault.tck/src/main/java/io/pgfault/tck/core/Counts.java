// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a device or of a unit; each count of a device is also a count of its unit. Any thread. */
public final class Counts implements Counters {
    private final Counters unit;
    private final Map<Counter, LongAdder> counts = new ConcurrentHashMap<>();

    /** Makes the counters of a unit, all 0. */
    public Counts() {
        this(null);
    }

    /** Makes the counters of a device of a unit, all 0; {@code unit} may be null. */
    Counts(Counters unit) {
        this.unit = unit;
    }

    @Override
    public long get(Counter counter) {
        LongAdder count = counts.get(counter);
        return count == null ? 0 : count.sum();
    }

    @Override
    public void add(Counter counter, long delta) {
        counts.computeIfAbsent(counter, c -> new LongAdder()).add(delta);
        if (unit != null) {
            unit.add(counter, delta);
        }
    }
}
