// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.osgi.annotation.versioning.ProviderType;

/** The result of one measurement. */
@ProviderType
public sealed interface Measured {
    /**
     * The rate of groups when a device asks again as soon as a group is answered (closed loop).
     *
     * @param groups groups that faulted and were answered
     * @param requests requests in those groups
     * @param hits transactions that the unit answered without a fault, granted or aborted; a hit is no group
     * @param uncounted groups that the devices asked for and the framework did not count, negative if the framework
     *     counted more; 0 if the framework counts none. Anything but 0 means that something other than the handler
     *     answered, such as the hardware after an overflow.
     * @param refused groups answered with a code other than SUCCESS
     * @param elapsedNanos from the first request to the last response
     * @param allocatedBytes heap memory that all threads allocated between those two
     * @param cpuNanos processor time that the process used between those two
     */
    record Throughput(
            long groups,
            long requests,
            long hits,
            long uncounted,
            long refused,
            long elapsedNanos,
            long allocatedBytes,
            long cpuNanos)
            implements Measured {
        /** Groups in a second. */
        public double groupsPerSecond() {
            return groups * 1e9 / elapsedNanos;
        }

        /** Requests in a second. */
        public double requestsPerSecond() {
            return requests * 1e9 / elapsedNanos;
        }

        /** Heap memory for each group, in bytes; 0 without groups. */
        public double bytesPerGroup() {
            return groups == 0 ? 0 : (double) allocatedBytes / groups;
        }

        /** How many processors were busy on average. */
        public double processors() {
            return (double) cpuNanos / elapsedNanos;
        }

        /** This measurement and another one, taken together. */
        public Throughput plus(Throughput other) {
            return new Throughput(
                    groups + other.groups,
                    requests + other.requests,
                    hits + other.hits,
                    uncounted + other.uncounted,
                    refused + other.refused,
                    elapsedNanos + other.elapsedNanos,
                    allocatedBytes + other.allocatedBytes,
                    cpuNanos + other.cpuNanos);
        }
    }

    /**
     * The latency of groups when requests come on schedule (open loop).
     *
     * @param groupsPerSecond how many groups were due in a second
     * @param nanos for each group that faulted, the time from when the group was due to the response at the device, in
     *     nanoseconds. The time includes what a device's request waited because an earlier request was late.
     * @param lateNanos for each group, how long after its due time the devices' thread asked for the group, in
     *     nanoseconds. The thread asks late because the machine held up the thread, or because an earlier group waited
     *     for an answer. This time is part of {@code nanos}.
     */
    record Latency(double groupsPerSecond, Histogram nanos, Histogram lateNanos) implements Measured {
        /** The percentiles that are usually reported, in percent. */
        public static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9, 99.99);

        /** This measurement and another one at the same rate, taken together. */
        public Latency plus(Latency other) {
            Histogram both = nanos.copy();
            both.add(other.nanos);
            Histogram late = lateNanos.copy();
            late.add(other.lateNanos);
            return new Latency(groupsPerSecond, both, late);
        }
    }
}
