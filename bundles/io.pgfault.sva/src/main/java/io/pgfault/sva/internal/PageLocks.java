// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

/**
 * The locks under which the pages of one address space are resolved: the same page always has the same lock, and
 * neighbouring pages have different ones.
 */
final class PageLocks {
    private static final int COUNT = 64;

    private final Object[] locks = new Object[COUNT];

    PageLocks() {
        for (int i = 0; i < COUNT; i++) {
            locks[i] = new Object();
        }
    }

    /** The monitor to hold while {@code page} is resolved. */
    Object of(long page) {
        return locks[(int) page & (COUNT - 1)];
    }

    /** Returns when every resolution that was going on when it was called has finished. */
    void awaitAll() {
        for (Object lock : locks) {
            synchronized (lock) {
                // Getting the lock is the point: whoever had it has left it.
            }
        }
    }
}
