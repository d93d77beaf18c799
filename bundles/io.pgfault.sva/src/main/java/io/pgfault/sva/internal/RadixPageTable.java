// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * The page table of one address space: an entry for each of 2^52 page numbers. Any thread.
 *
 * <p>A radix tree. The 52 bits of a page number are five times 9 bits for directories and 7 bits for a leaf:
 *
 * <pre>
 *  51       43 42       34 33       25 24       16 15        7 6     0
 * +-----------+-----------+-----------+-----------+-----------+-------+
 * | directory | directory | directory | directory | directory | leaf  |
 * +-----------+-----------+-----------+-----------+-----------+-------+
 * </pre>
 *
 * Levels at which there is nothing to choose are left out: a node knows which page numbers it covers, and a walk that
 * meets a node that doesn't cover its page has found nothing. A page that is alone far and wide therefore costs a leaf
 * and no directories, and 128 neighbours share one leaf.
 *
 * <p>Walks take no lock. A node is changed under its own monitor, and a child that moves one directory down (because a
 * second page came near) is linked there before the new directory is linked above it, so that a walk always finds what was
 * set before it began. A node is freed only when it is empty, under the monitors of its parent and its own, and refuses to
 * be filled from then on: who was about to set an entry there walks again.
 */
final class RadixPageTable {
    /** Bits of a page number. */
    static final int PAGE_NUMBER_BITS = 52;

    private final Directory root = new Directory(0, PAGE_NUMBER_BITS);
    private final LongAdder present = new LongAdder();

    /** The entry of a page, {@link PageEntry#NONE} if the page isn't present. */
    long get(long page) {
        Node node = root;
        while (node instanceof Directory directory) {
            node = directory.child(page);
            if (node == null || !node.covers(page)) {
                return PageEntry.NONE;
            }
        }
        return ((Leaf) node).get(page);
    }

    /** Sets the entry of a page to a present one. */
    void set(long page, long entry) {
        long old;
        do {
            Node node = root;
            while (node instanceof Directory directory) {
                // A directory that has been pruned has no child for anybody: from the root again.
                Node child = directory.childFor(page);
                node = child == null ? root : child;
            }
            old = ((Leaf) node).set(page, entry);
        } while (old == Leaf.PRUNED);
        if (!PageEntry.isPresent(old)) {
            present.increment();
        }
    }

    /** Sets the entry of a page to not present. */
    void clear(long page) {
        Node node = root;
        while (node instanceof Directory directory) {
            node = directory.child(page);
            if (node == null || !node.covers(page)) {
                return;
            }
        }
        long old = ((Leaf) node).set(page, PageEntry.NONE);
        if (old != Leaf.PRUNED && PageEntry.isPresent(old)) {
            present.decrement();
        }
    }

    /** Frees the nodes that cover pages from {@code first} to {@code last}, inclusive, and hold no present page. */
    void prune(long first, long last) {
        root.pruneChildren(first, last);
    }

    /** Whether there is no node but the root. */
    boolean hasNoNodes() {
        return root.isEmpty();
    }

    /**
     * Visits the present pages from {@code first} to {@code last}, inclusive. Pages set or cleared meanwhile may be visited
     * or not.
     */
    void forEach(long first, long last, LongConsumer visitor) {
        root.forEach(first, last, visitor);
    }

    /** How many pages are present; weakly consistent while pages are being set. */
    long size() {
        return present.sum();
    }

    /** Removes all entries. Not concurrent with {@link #set}. */
    void clear() {
        root.clear();
        present.reset();
    }
}
