// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.handler.FaultGroup;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The groups that the client has not answered, by cookie. Only the queue's thread calls these methods.
 *
 * <p>Cookies count up from 1, skip outstanding cookies, and skip 0 after 2^32 - 1. The queue uses a cookie again as
 * late as possible, so that a late second response meets no other group (the kernel takes the lowest free cookie). The
 * lower bits of a cookie are its slot. There are at least twice as many slots as groups, so that a free slot is near.
 */
final class Cookies {
    private final int bound;
    private final FaultGroup[] groups;
    private final int[] cookies;
    private int next;
    private int size;

    /** @param bound the bound of outstanding groups */
    Cookies(int bound) {
        this(bound, 1);
    }

    /** As the other constructor, with a first cookie other than 1. */
    Cookies(int bound, int first) {
        int slots = Integer.highestOneBit(bound) << 2;
        this.bound = bound;
        this.groups = new FaultGroup[slots];
        this.cookies = new int[slots];
        this.next = first;
    }

    boolean isFull() {
        return size >= bound;
    }

    int size() {
        return size;
    }

    /** Adds a group under the next cookie and returns the cookie. The caller checks {@link #isFull} first. */
    int add(FaultGroup group) {
        while (next == 0 || groups[slot(next)] != null) {
            next++;
        }
        int cookie = next++;
        groups[slot(cookie)] = group;
        cookies[slot(cookie)] = cookie;
        size++;
        return cookie;
    }

    /** The group of a cookie, {@code null} if the cookie is not outstanding. */
    FaultGroup get(int cookie) {
        int slot = slot(cookie);
        return cookies[slot] == cookie ? groups[slot] : null;
    }

    /** Removes an outstanding cookie and its group. */
    void remove(int cookie) {
        groups[slot(cookie)] = null;
        size--;
    }

    /** Drops the groups that a deadline or a detach has answered. */
    void forgetAnswered() {
        for (int slot = 0; slot < groups.length; slot++) {
            if (groups[slot] != null && groups[slot].answered()) {
                remove(cookies[slot]);
            }
        }
    }

    /** Removes all groups and returns them, the oldest first. */
    FaultGroup[] takeAll() {
        FaultGroup[] all = IntStream.range(0, groups.length)
                .filter(slot -> groups[slot] != null)
                .boxed()
                .sorted(Comparator.comparingLong(slot -> Integer.toUnsignedLong(cookies[slot] - next)))
                .map(slot -> groups[slot])
                .toArray(FaultGroup[]::new);
        Arrays.fill(groups, null);
        size = 0;
        return all;
    }

    private int slot(int cookie) {
        return cookie & (groups.length - 1);
    }
}
