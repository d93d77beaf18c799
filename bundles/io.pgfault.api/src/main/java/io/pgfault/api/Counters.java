// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Counters of one device or one unit. Every count of a device is also a count of the device's unit.
 *
 * <p>Any thread may call any method. A value that a thread reads may miss what other threads count at the same time.
 * Two readings of one counter never show a smaller value later (rule C18).
 */
@ProviderType
public interface Counters {
    /** The count so far, 0 or more. */
    long get(Counter counter);

    /**
     * Adds to a count. A driver adds what only the driver sees: hardware overflows, stop markers, bad requests,
     * unrecoverable events. The core counts everything else.
     *
     * @param delta how much to add, 0 or more
     */
    void add(Counter counter, long delta);
}
