// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Counters of one device or one unit. Every count of a device is also a count of its unit. Any thread; reading is
 * weakly consistent: a value read may miss what other threads are counting right now.
 */
@ProviderType
public interface Counters {
    /** The count so far. */
    long get(Counter counter);

    /**
     * Adds to a count. For drivers: hardware overflows, stop markers, bad requests and unrecoverable events, which only
     * they see. The core counts the rest itself.
     */
    void add(Counter counter, long delta);
}
