// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

/** The transfer of an access: the accessing thread calls it with the page's translation. */
@FunctionalInterface
public interface PageUse {
    /** Transfers nothing. */
    PageUse NOTHING = translation -> {};

    /**
     * Transfers. The accessing thread calls this method once per access. An invalidating thread waits until the method
     * returns (rule S06), so the method must not invalidate, wait for an invalidation, or access through the device.
     *
     * @param translation a {@code Translation} that grants what the access needs
     */
    void use(long translation);
}
