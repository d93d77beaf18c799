// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

/** What an access does with its page once it is translated: the transfer itself. */
@FunctionalInterface
interface PageUse {
    /** Touches nothing. */
    PageUse NOTHING = translation -> {};

    /**
     * Called once, on the accessing thread. An invalidation of the page waits until this returns (rule S06), so it must
     * not invalidate, wait for one, or access through the device again.
     *
     * @param translation a {@code Translation} that grants what the access needs
     */
    void use(long translation);
}
