// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import java.util.List;
import java.util.Map;

/** What a monitoring system reads over JMX, object name {@code io.pgfault:type=Faults}. Any thread. */
public interface FaultsMXBean {
    /** The counters by unit and name, for example {@code dmar0}, {@code TIMED_OUT}. */
    Map<String, Map<String, Long>> getUnitCounters();

    /** The counters by device ({@code unit/device}) and name. */
    Map<String, Map<String, Long>> getDeviceCounters();

    /**
     * Answered groups by device ({@code unit/device}), by the bundle of the handler that answered, or {@code core}, and
     * by code, for example {@code SUCCESS}.
     */
    Map<String, Map<String, Map<String, Long>>> getAnsweredGroups();

    /** Percentiles of the latency in nanoseconds by unit: {@code count}, {@code p50} to {@code p999}, {@code max}. */
    Map<String, Map<String, Long>> getLatencyNanos();

    /** How many groups wait for their response. */
    int getPendingGroups();

    /** How many nanoseconds the oldest pending group has waited, 0 without any. */
    long getOldestGroupAgeNanos();

    /** What an operator should look at, a line each. */
    List<String> getTroubles();
}
