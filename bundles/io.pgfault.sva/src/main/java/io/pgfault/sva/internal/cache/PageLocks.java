// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

/**
 * Striped locks for pages: one page always has the same lock, and neighbouring pages have different locks (kernel:
 * {@code folio_lock}).
 */
public final class PageLocks {
    private static final int COUNT = 64;

    private final Object[] locks = new Object[COUNT];

    /** Locks that no thread holds. */
    public PageLocks() {
        for (int i = 0; i < COUNT; i++) {
            locks[i] = new Object();
        }
    }

    /** The monitor that a thread holds while it resolves {@code page}. */
    public Object of(long page) {
        return locks[(int) page & (COUNT - 1)];
    }

    /** Returns when every thread that held one of the locks at the time of the call has released the lock once. */
    public void awaitAll() {
        for (Object lock : locks) {
            synchronized (lock) {
                // Nothing to do: a thread that held the lock before has left.
            }
        }
    }
}
