// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.work;

/**
 * Something for a fault queue's workers to do for a device: to offer a group to handlers, or to run a handler's work.
 */
public interface Work {
    /**
     * Does the work. A worker calls this method once for each time that the work was added, and logs what it throws.
     */
    void run();
}
