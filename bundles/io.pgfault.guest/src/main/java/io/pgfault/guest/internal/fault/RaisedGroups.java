// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import java.util.Arrays;

/**
 * Groups that the guest's unit has and has not answered: each has an index, which is the page request group index or
 * the number of a stalled transaction, and the cookie by which the host knows the group. The monitor guards all state.
 *
 * <p>An index is free again when its group has been answered, so each group is answered once (rule N05): the thread
 * that takes the cookie out answers.
 */
final class RaisedGroups {
    /** How many indexes there are: a page request group index has 9 bits (PCIe 6.0 §10.4.1). */
    static final int INDEXES = 1 << 9;

    /** No group has that index. */
    static final long NONE = -1;

    private final long[] cookies = new long[INDEXES];
    /** The free indexes, a ring. */
    private final int[] free = new int[INDEXES];

    private int freeHead;
    private int freeCount = INDEXES;
    private boolean closed;

    RaisedGroups() {
        Arrays.fill(cookies, NONE);
        Arrays.setAll(free, i -> i);
    }

    /**
     * Takes the index that has been free longest, and waits while none is free: the host's queue holds the groups
     * meanwhile (rule N06).
     *
     * @param cookie 32 bits
     * @return the index; -1 after {@link #close}
     */
    synchronized int open(int cookie) throws InterruptedException {
        while (freeCount == 0 && !closed) {
            wait();
        }
        if (closed) {
            return -1;
        }
        int index = free[freeHead];
        freeHead = (freeHead + 1) & (INDEXES - 1);
        freeCount--;
        cookies[index] = Integer.toUnsignedLong(cookie);
        return index;
    }

    /** Frees an index, and returns the cookie of its group; {@link #NONE} if no group has the index. */
    synchronized long take(int index) {
        if (index < 0 || index >= INDEXES || cookies[index] == NONE) {
            return NONE;
        }
        long cookie = cookies[index];
        cookies[index] = NONE;
        free[(freeHead + freeCount) & (INDEXES - 1)] = index;
        freeCount++;
        notifyAll();
        return cookie;
    }

    /** Lets no group in any more, and wakes the thread that waits for an index. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
