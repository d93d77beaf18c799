// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.handler;

/**
 * How long, and how many, groups wait for handlers (rules R03, R04).
 *
 * @param graceNanos how long a handler that left may still answer the groups it took, in nanoseconds
 * @param parkNanos how long a group waits for a handler to come, in nanoseconds
 * @param parkedGroups how many groups of one kind of domain may wait
 */
public record Waits(long graceNanos, long parkNanos, int parkedGroups) {}
