// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import java.util.EnumMap;
import java.util.Map;

/** What counters said at one time, or between two. */
record Counts(Map<Counter, Long> values) {
    /** What they say now. */
    Counts(Counters counters) {
        this(new EnumMap<>(Counter.class));
        for (Counter counter : Counter.values()) {
            values.put(counter, counters.get(counter));
        }
    }

    long get(Counter counter) {
        return values.get(counter);
    }

    /** Groups answered, whichever way. */
    long answers() {
        return get(Counter.SUCCESS) + get(Counter.INVALID) + get(Counter.FAILURE);
    }

    /** What has been counted since. */
    Counts minus(Counts earlier) {
        Map<Counter, Long> difference = new EnumMap<>(Counter.class);
        values.forEach((counter, value) -> difference.put(counter, value - earlier.get(counter)));
        return new Counts(difference);
    }
}
