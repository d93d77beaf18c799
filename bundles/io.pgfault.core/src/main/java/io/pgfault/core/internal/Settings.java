// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.core.internal.device.DeviceBounds;
import io.pgfault.core.internal.device.IopfQueue;
import io.pgfault.core.internal.handler.Waits;

/**
 * The core's times and bounds (rules C11, C15, R03, R04).
 *
 * @param deadlineNanos a group not answered this long after it closed is answered INVALID
 * @param graceNanos how long a handler that left may still answer the groups it took
 * @param parkNanos how long a group waits for a handler to come back
 * @param parkedGroups how many groups of one kind of domain may wait for a handler
 * @param partialsPerDevice how many partial requests of a device are kept, and how many of its groups are remembered as
 *     poisoned beside them
 * @param pendingPerDevice how many groups of a device may be pending
 * @param requestsPerDevice how many requests, beside each group's last, the pending groups of a device may hold
 *     together
 * @param workers threads of each fault queue; with 0 the thread that calls {@link IopfQueue#turn} does their work
 * @param workDepth how much work of one device may wait for the workers
 */
public record Settings(
        long deadlineNanos,
        long graceNanos,
        long parkNanos,
        int parkedGroups,
        int partialsPerDevice,
        int pendingPerDevice,
        int requestsPerDevice,
        int workers,
        int workDepth) {

    /** Checks the bounds. */
    public Settings {
        atLeast("deadline", deadlineNanos, 1);
        atLeast("grace time", graceNanos, 0);
        atLeast("park time", parkNanos, 0);
        atLeast("bound of parked groups", parkedGroups, 0);
        atLeast("bound of partials per device", partialsPerDevice, 1);
        atLeast("bound of pending groups per device", pendingPerDevice, 1);
        atLeast("bound of requests per device", requestsPerDevice, 1);
        atLeast("number of workers", workers, 0);
        atLeast("work depth", workDepth, 1);
    }

    /** The settings that bound the groups, the requests and the work of each device. */
    DeviceBounds bounds() {
        return new DeviceBounds(deadlineNanos, partialsPerDevice, pendingPerDevice, requestsPerDevice, workDepth);
    }

    /** The waits for handlers: the grace of a leaving handler, and the bounds of groups parked without a handler. */
    Waits waits() {
        return new Waits(graceNanos, parkNanos, parkedGroups);
    }

    private static void atLeast(String what, long value, long minimum) {
        if (value < minimum) {
            throw new IllegalArgumentException(
                    "the %s is at least %d, got %d: correct the configuration io.pgfault.core"
                            .formatted(what, minimum, value));
        }
    }
}
