// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

/** The command queue as this room needs it. Any thread. */
public interface CommandSink {
    /** Puts a command into the queue. */
    void submit(long word0, long word1);

    /**
     * Returns when the hardware has executed every command that was submitted before.
     *
     * @return false if the hardware has not come so far within the driver's limit
     */
    boolean await();
}
