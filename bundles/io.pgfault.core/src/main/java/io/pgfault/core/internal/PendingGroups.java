// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The pending groups of one device in the order in which they closed, which is the order of their deadlines. Linked
 * through the groups, so adding and removing cost the same however many there are. Guarded by the device's lock.
 */
final class PendingGroups {
    private IopfGroup oldest;
    private IopfGroup newest;
    private int size;
    private long requests;

    int size() {
        return size;
    }

    /** How many requests the groups hold, beside each group's last. */
    long requests() {
        return requests;
    }

    void add(IopfGroup group) {
        group.previous = newest;
        if (newest == null) {
            oldest = group;
        } else {
            newest.following = group;
        }
        newest = group;
        size++;
        requests += group.size() - 1;
    }

    void remove(IopfGroup group) {
        if (group.previous == null) {
            oldest = group.following;
        } else {
            group.previous.following = group.following;
        }
        if (group.following == null) {
            newest = group.previous;
        } else {
            group.following.previous = group.previous;
        }
        group.previous = null;
        group.following = null;
        size--;
        requests -= group.size() - 1;
    }

    /** The groups that {@code wanted} holds for, oldest first. */
    List<IopfGroup> list(Predicate<IopfGroup> wanted) {
        List<IopfGroup> groups = new ArrayList<>();
        for (IopfGroup group = oldest; group != null; group = group.following) {
            if (wanted.test(group)) {
                groups.add(group);
            }
        }
        return groups;
    }

    /** The groups closed at {@code time} or before that have no answer yet. */
    List<IopfGroup> closedUpTo(long time) {
        List<IopfGroup> groups = new ArrayList<>();
        for (IopfGroup group = oldest; group != null && group.closedAt() - time <= 0; group = group.following) {
            if (!group.answered()) {
                groups.add(group);
            }
        }
        return groups;
    }

    /** The oldest group that has no answer yet; {@code null} if there is none. */
    IopfGroup oldestUnanswered() {
        IopfGroup group = oldest;
        while (group != null && group.answered()) {
            group = group.following;
        }
        return group;
    }
}
