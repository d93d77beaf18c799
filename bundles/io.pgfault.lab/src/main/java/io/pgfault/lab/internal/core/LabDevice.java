// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The device of a trial, as handlers see it. Any thread. */
public final class LabDevice implements Device {
    private static final int FIRST_FUNCTION = 0x10;

    private final Counters counters = new Counts();

    @Override
    public String name() {
        return "lab0";
    }

    @Override
    public int id() {
        return FIRST_FUNCTION;
    }

    @Override
    public String unit() {
        return "lab";
    }

    @Override
    public Counters counters() {
        return counters;
    }

    /** The map isn't changed after construction. */
    private static final class Counts implements Counters {
        private final Map<Counter, AtomicLong> counts = new EnumMap<>(Counter.class);

        Counts() {
            for (Counter counter : Counter.values()) {
                counts.put(counter, new AtomicLong());
            }
        }

        @Override
        public long get(Counter counter) {
            return counts.get(counter).get();
        }

        @Override
        public void add(Counter counter, long delta) {
            counts.get(counter).addAndGet(delta);
        }
    }
}
