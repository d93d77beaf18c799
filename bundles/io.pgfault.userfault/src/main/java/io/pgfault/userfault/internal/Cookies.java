// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.handler.FaultGroup;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The groups that a client has been given and has not answered, by cookie. One thread.
 *
 * <p>Cookies count up from 1, skip outstanding cookies, and skip 0 after 2^32 - 1. A cookie comes again as late as
 * possible, so that a late second response meets no other group (the kernel takes the lowest free cookie). A cookie's slot is
 * its lower bits; there are twice as many slots as groups, so that a free one is near.
 */
final class Cookies {
    private final int bound;
    private final FaultGroup[] groups;
    private final int[] cookies;
    private int next;
    private int size;

    /** @param bound how many groups may be outstanding */
    Cookies(int bound) {
        this(bound, 1);
    }

    /** With another first cookie. */
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

    /** Gives a group the next cookie; not when full. */
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

    /** The group of an outstanding cookie, {@code null} if it isn't outstanding. */
    FaultGroup get(int cookie) {
        int slot = slot(cookie);
        return cookies[slot] == cookie ? groups[slot] : null;
    }

    /** An outstanding cookie is not outstanding any more. */
    void remove(int cookie) {
        groups[slot(cookie)] = null;
        size--;
    }

    /** Drops the groups that the deadline or a detach has answered. */
    void forgetAnswered() {
        for (int slot = 0; slot < groups.length; slot++) {
            if (groups[slot] != null && groups[slot].answered()) {
                remove(cookies[slot]);
            }
        }
    }

    /** Takes all groups out, the oldest first. */
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
