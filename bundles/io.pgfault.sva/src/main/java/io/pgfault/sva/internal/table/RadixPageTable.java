// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import io.pgfault.api.Translation;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * The page table of one address space: a radix tree with an entry for each of 2^52 page numbers. Any thread.
 *
 * <p>The 52 bits of a page number are five times 9 bits for directories and 7 bits for a leaf:
 *
 * <pre>
 *  51       43 42       34 33       25 24       16 15        7 6     0
 * +-----------+-----------+-----------+-----------+-----------+-------+
 * | directory | directory | directory | directory | directory | leaf  |
 * +-----------+-----------+-----------+-----------+-----------+-------+
 * </pre>
 *
 * A level at which a walk has nothing to choose has no node: a node knows which page numbers the node covers, and a
 * walk that meets a node that doesn't cover the walk's page has found nothing. A page without neighbours therefore
 * costs a leaf and no directories, and 128 neighbours share one leaf.
 *
 * <p>A walk takes no lock. A thread that changes a node holds the node's monitor. A child that moves one directory
 * down, because a second page came near, is linked in the new directory before the new directory is linked above the
 * child, so a walk always finds an entry that was set before the walk began. A thread frees a node only when the node
 * is empty, under the monitors of the node and its parent. A freed node refuses entries: a thread that was about to set
 * an entry there walks again.
 */
public final class RadixPageTable {
    /** Width of a page number in bits. */
    public static final int PAGE_NUMBER_BITS = 52;

    /** Covers all page numbers; never pruned. */
    private final Directory root = new Directory(0, PAGE_NUMBER_BITS);

    private final LongAdder present = new LongAdder();

    /** Returns the entry of a page, {@link PageEntry#NONE} if the page isn't present. */
    public long get(long page) {
        Leaf leaf = leaf(page);
        return leaf == null ? PageEntry.NONE : leaf.get(page);
    }

    /** As {@link #get}, for a device: marks the page as touched if the entry grants something. */
    public long walk(long page) {
        Leaf leaf = leaf(page);
        if (leaf == null) {
            return PageEntry.NONE;
        }
        long entry = leaf.get(page);
        if (PageEntry.translation(entry) != Translation.NONE) {
            leaf.touch(page);
        }
        return entry;
    }

    /**
     * Visits the present pages from {@code first} to {@code last}, inclusive, that are marked as touched, in order.
     * Pages that another thread sets, clears or touches meanwhile may be visited or not.
     */
    public void forEachTouched(long first, long last, LongConsumer visitor) {
        root.forEach(first, last, page -> {
            Leaf leaf = leaf(page);
            if (leaf != null && leaf.isTouched(page)) {
                visitor.accept(page);
            }
        });
    }

    /** Clears the marks of the present pages from {@code first} to {@code last}, inclusive. */
    public void clearTouched(long first, long last) {
        root.forEach(first, last, page -> {
            Leaf leaf = leaf(page);
            if (leaf != null) {
                leaf.clearTouched(page);
            }
        });
    }

    /** Returns the leaf that covers a page, or null. */
    private Leaf leaf(long page) {
        Node node = root;
        while (node instanceof Directory directory) {
            node = directory.child(page);
            if (node == null || !node.covers(page)) {
                return null;
            }
        }
        return (Leaf) node;
    }

    /** Sets the entry of a page to a present entry. */
    public void set(long page, long entry) {
        long old;
        do {
            Node node = root;
            while (node instanceof Directory directory) {
                // A thread has pruned the directory: this thread walks from the root again.
                Node child = directory.childFor(page);
                node = child == null ? root : child;
            }
            old = ((Leaf) node).set(page, entry);
        } while (old == Leaf.PRUNED);
        if (!PageEntry.isPresent(old)) {
            present.increment();
        }
    }

    /** Makes a page not present. */
    public void clear(long page) {
        Leaf leaf = leaf(page);
        if (leaf == null) {
            return;
        }
        long old = leaf.set(page, PageEntry.NONE);
        if (old != Leaf.PRUNED && PageEntry.isPresent(old)) {
            present.decrement();
        }
    }

    /** Frees the nodes that cover pages from {@code first} to {@code last}, inclusive, and hold no present page. */
    public void prune(long first, long last) {
        root.pruneChildren(first, last);
    }

    /** Whether the root is the only node. */
    boolean hasNoNodes() {
        return root.isEmpty();
    }

    /**
     * Visits the present pages from {@code first} to {@code last}, inclusive. Pages that another thread sets or clears
     * meanwhile may be visited or not.
     */
    public void forEach(long first, long last, LongConsumer visitor) {
        root.forEach(first, last, visitor);
    }

    /** How many pages are present; approximate while other threads set or clear entries. */
    public long size() {
        return present.sum();
    }

    /** Removes all entries. No other thread may call {@link #set} meanwhile. */
    public void clear() {
        root.clear();
        present.reset();
    }
}
