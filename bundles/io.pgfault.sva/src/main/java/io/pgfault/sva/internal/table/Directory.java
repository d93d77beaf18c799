// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A node with {@link #SLOTS} slots for nodes of a smaller span. A child may be of any smaller span: where all pages of
 * a slot lie close together, the tree has no nodes for the levels between. The sparse array holds up to 32 children in
 * order; a thread that adds a child replaces the array. The full array has an element for every slot, and a thread
 * changes the element in place.
 *
 * <p>A thread that changes the directory holds the directory's monitor. A reader takes no lock.
 */
final class Directory extends Node {
    /** How many bits of a page number choose the slot. */
    static final int BITS = 9;

    private static final int SLOTS = 1 << BITS;

    /** The most children of a sparse array. The full array costs 63 bytes for each of 33 children. */
    private static final int FEW = 32;

    private static final VarHandle CHILD = MethodHandles.arrayElementVarHandle(Node[].class);
    private static final Node[] EMPTY = {};

    /** Whether a thread has cut this directory out of the table. Guarded by the monitor. */
    private boolean pruned;
    /** Written under the monitor, read by any thread. */
    private volatile Node[] children = EMPTY;

    /** @param span how many low bits of a page number tell the pages of this directory apart: 16, 25, 34, 43 or 52 */
    Directory(long page, int span) {
        super(page, span);
    }

    private int slotOf(long page) {
        return (int) (page >>> (span - BITS)) & (SLOTS - 1);
    }

    /** Returns the child in the slot of a covered page, or null. The child need not cover the page. */
    Node child(long page) {
        Node[] now = children;
        int slot = slotOf(page);
        if (now.length == SLOTS) {
            return (Node) CHILD.getAcquire(now, slot);
        }
        int at = find(now, slot);
        return at < now.length && slotOf(now[at].first) == slot ? now[at] : null;
    }

    /** Returns the child that covers a covered page, made if necessary; null if a thread has pruned this directory. */
    Node childFor(long page) {
        Node child = child(page);
        return child != null && child.covers(page) ? child : insert(page);
    }

    @Override
    void forEach(long from, long to, LongConsumer visitor) {
        Node[] now = children;
        for (int i = 0; i < now.length; i++) {
            Node child = (Node) CHILD.getAcquire(now, i);
            if (child != null && child.overlaps(from, to)) {
                child.forEach(from, to, visitor);
            }
        }
    }

    @Override
    synchronized boolean prune(long from, long to) {
        pruneChildren(from, to);
        pruned = children.length == 0;
        return pruned;
    }

    /** Prunes the tables below, see {@link #prune}. The directory itself stays usable, empty or not. */
    synchronized void pruneChildren(long from, long to) {
        Node[] now = children;
        List<Node> left = new ArrayList<>(now.length);
        boolean gone = false;
        for (Node child : now) {
            if (child != null && child.overlaps(from, to) && child.prune(from, to)) {
                gone = true;
            } else if (child != null) {
                left.add(child);
            }
        }
        if (gone) {
            children = left.size() > FEW ? full(left) : left.toArray(EMPTY);
        }
    }

    /** Whether the directory has no children. */
    boolean isEmpty() {
        return children.length == 0;
    }

    /** Unlinks all children. */
    synchronized void clear() {
        children = EMPTY;
    }

    private synchronized Node insert(long page) {
        if (pruned) {
            return null;
        }
        Node child = child(page);
        if (child != null && child.covers(page)) {
            return child;
        }
        Leaf leaf = new Leaf(page);
        if (child == null) {
            put(leaf);
        } else {
            Directory both = new Directory(page, spanOfBoth(child.first, page));
            both.put(child);
            both.put(leaf);
            put(both);
        }
        return leaf;
    }

    /** The smallest span of a directory that covers both pages. */
    private static int spanOfBoth(long page, long other) {
        int differing = Long.SIZE - Long.numberOfLeadingZeros(page ^ other);
        int levels = (differing - Leaf.SPAN + BITS - 1) / BITS;
        return Leaf.SPAN + levels * BITS;
    }

    private synchronized void put(Node child) {
        Node[] now = children;
        int slot = slotOf(child.first);
        if (now.length == SLOTS) {
            CHILD.setRelease(now, slot, child);
            return;
        }
        int at = find(now, slot);
        if (at < now.length && slotOf(now[at].first) == slot) {
            Node[] replaced = now.clone();
            replaced[at] = child;
            children = replaced;
        } else {
            Node[] grown = inserted(now, at, child);
            children = grown.length <= FEW ? grown : full(List.of(grown));
        }
    }

    /** The index in a sorted array where {@code slot} is or belongs. */
    private int find(Node[] sorted, int slot) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (slotOf(sorted[middle].first) < slot) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static Node[] inserted(Node[] sorted, int at, Node child) {
        Node[] grown = new Node[sorted.length + 1];
        System.arraycopy(sorted, 0, grown, 0, at);
        grown[at] = child;
        System.arraycopy(sorted, at, grown, at + 1, sorted.length - at);
        return grown;
    }

    private Node[] full(List<Node> present) {
        Node[] full = new Node[SLOTS];
        for (Node child : present) {
            full[slotOf(child.first)] = child;
        }
        return full;
    }
}
