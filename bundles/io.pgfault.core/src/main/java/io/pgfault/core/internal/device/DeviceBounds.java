// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

/**
 * How much of a device the core keeps, and how long (rules C11, C15).
 *
 * @param deadlineNanos a group that is not answered this long after it closed is answered INVALID, in nanoseconds
 * @param partials how many partial requests are kept, and how many poisoned groups are remembered beside them
 * @param pending how many groups may be pending
 * @param requests how many requests, beside each group's last, the pending groups may hold together
 * @param workDepth how much work may wait for the workers
 */
public record DeviceBounds(long deadlineNanos, int partials, int pending, int requests, int workDepth) {}
