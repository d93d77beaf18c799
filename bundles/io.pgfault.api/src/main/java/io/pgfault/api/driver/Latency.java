// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

/**
 * Latency from the close of a group to its response, in nanoseconds. Percentiles are upper bounds of histogram buckets
 * (two significant digits or better); all are 0 when {@code count} is 0. Within a slice of an event thread
 * ({@link FaultQueue#beginBatch}) the core measures one group of each 16; outside a slice the core measures each group.
 *
 * @param count how many groups were measured
 * @param p50 half of the groups took no longer
 * @param p90 nine of ten took no longer
 * @param p99 99 of 100 took no longer
 * @param p999 999 of 1000 took no longer
 * @param max the slowest
 */
public record Latency(long count, long p50, long p90, long p99, long p999, long max) {}
