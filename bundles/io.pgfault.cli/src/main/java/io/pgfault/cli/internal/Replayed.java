// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

/**
 * What a replay itself knows of its outcome; the rest is counted by the unit.
 *
 * @param records records of the input
 * @param accesses memory accesses made, 0 for recorded faults
 * @param failedAccesses how many of them failed
 * @param pagesPopulated distinct pages that got mapped
 * @param elapsedNanos from the first record to the last answer
 */
record Replayed(long records, long accesses, long failedAccesses, long pagesPopulated, long elapsedNanos) {}
