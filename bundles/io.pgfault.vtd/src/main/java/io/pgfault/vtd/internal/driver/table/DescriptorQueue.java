// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

/** The invalidation queue as this room needs it. Any thread. */
public interface DescriptorQueue {
    /** Puts a descriptor into the queue; words 2 and 3 are zero. */
    void submit(long word0, long word1);

    /**
     * Returns when the hardware has executed every descriptor that was submitted before.
     *
     * @return false if the hardware has not come so far within the driver's limit
     */
    boolean await();
}
