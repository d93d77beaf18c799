// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;

/** The counts of a unit at one moment, or between two moments; each component is one {@link Counter}. */
public record Counts(
        long requests,
        long groups,
        long stopMarkers,
        long badRequests,
        long unrecoverable,
        long discardedPartials,
        long droppedPartials,
        long overflows,
        long timedOut,
        long refused,
        long limited) {

    /** Reads the counters now. */
    public static Counts of(Counters counters) {
        return new Counts(
                counters.get(Counter.REQUESTS),
                counters.get(Counter.GROUPS),
                counters.get(Counter.STOP_MARKERS),
                counters.get(Counter.BAD_REQUESTS),
                counters.get(Counter.UNRECOVERABLE),
                counters.get(Counter.DISCARDED_PARTIALS),
                counters.get(Counter.DROPPED_PARTIALS),
                counters.get(Counter.OVERFLOWS),
                counters.get(Counter.TIMED_OUT),
                counters.get(Counter.REFUSED),
                counters.get(Counter.LIMITED));
    }

    /** Returns what has been counted since an earlier moment. */
    public Counts since(Counts before) {
        return new Counts(
                requests - before.requests,
                groups - before.groups,
                stopMarkers - before.stopMarkers,
                badRequests - before.badRequests,
                unrecoverable - before.unrecoverable,
                discardedPartials - before.discardedPartials,
                droppedPartials - before.droppedPartials,
                overflows - before.overflows,
                timedOut - before.timedOut,
                refused - before.refused,
                limited - before.limited);
    }
}
