// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.cli.internal.platform.Counts;

/**
 * The result of feeding the input of a replay.
 *
 * @param records records of the input
 * @param accesses memory accesses made, 0 for recorded faults
 * @param failedAccesses how many of them failed
 * @param pagesPopulated distinct pages that got mapped
 * @param elapsedNanos from the first record to the last answer
 * @param counts the unit's counts when the last answer had been given
 */
record Replayed(
        long records, long accesses, long failedAccesses, long pagesPopulated, long elapsedNanos, Counts counts) {}
