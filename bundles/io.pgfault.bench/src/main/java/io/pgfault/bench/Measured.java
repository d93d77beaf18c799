// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import java.util.List;
import org.HdrHistogram.Histogram;

/** What was measured. */
public sealed interface Measured {
    /**
     * How much goes through when devices ask as fast as they get answers.
     *
     * @param groups groups that were answered
     * @param requests requests in them
     * @param elapsedNanos from the first request to the last response
     * @param allocatedBytes what all threads allocated on the heap meanwhile
     * @param cpuNanos processor time of the process meanwhile
     * @param refused groups answered with anything but SUCCESS
     */
    record Throughput(long groups, long requests, long elapsedNanos, long allocatedBytes, long cpuNanos, long refused)
            implements Measured {
        /** Groups in a second. */
        public double groupsPerSecond() {
            return groups * 1e9 / elapsedNanos;
        }

        /** Requests in a second. */
        public double requestsPerSecond() {
            return requests * 1e9 / elapsedNanos;
        }

        /** Bytes on the heap for each group. */
        public double bytesPerGroup() {
            return (double) allocatedBytes / groups;
        }

        /** How many processors were busy. */
        public double processors() {
            return (double) cpuNanos / elapsedNanos;
        }

        /** Two measurements as one. */
        public Throughput plus(Throughput other) {
            return new Throughput(
                    groups + other.groups,
                    requests + other.requests,
                    elapsedNanos + other.elapsedNanos,
                    allocatedBytes + other.allocatedBytes,
                    cpuNanos + other.cpuNanos,
                    refused + other.refused);
        }
    }

    /**
     * How long answers take when requests come on schedule.
     *
     * @param groupsPerSecond how many groups were to be asked for in a second
     * @param nanos from when a group was to be asked for to its response: a device that comes late, because the one before
     *     was late, makes nothing look faster
     */
    record Latency(double groupsPerSecond, Histogram nanos) implements Measured {
        /** The points people ask for, in percent. */
        public static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9, 99.99);
    }
}
