// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import io.pgfault.api.Translation;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * The page table of an address space that no unit reads as bytes: a radix tree of objects with an entry for each of
 * 2^52 page numbers. Any thread.
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
public final class RadixPageTable implements PageMap {
    /** Width of a page number in bits. */
    public static final int PAGE_NUMBER_BITS = 52;

    /** Covers all page numbers; never pruned. */
    private final Directory root = new Directory(0, PAGE_NUMBER_BITS);

    private final LongAdder present = new LongAdder();

    @Override
    public long lastPage() {
        return (1L << PAGE_NUMBER_BITS) - 1;
    }

    @Override
    public long get(long page) {
        Leaf leaf = leaf(page);
        return leaf == null ? PageEntry.NONE : leaf.get(page);
    }

    @Override
    public long walk(long page) {
        Leaf leaf = leaf(page);
        if (leaf == null) {
            return Translation.NONE;
        }
        long translation = PageEntry.translation(leaf.get(page));
        if (translation != Translation.NONE) {
            leaf.touch(page);
        }
        return translation;
    }

    @Override
    public void forEachTouched(long first, long last, LongConsumer visitor) {
        root.forEach(first, last, page -> {
            Leaf leaf = leaf(page);
            if (leaf != null && leaf.isTouched(page)) {
                visitor.accept(page);
            }
        });
    }

    @Override
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

    @Override
    public boolean set(long page, long entry) {
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
        return true;
    }

    @Override
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

    @Override
    public Pruned prune(long first, long last) {
        root.pruneChildren(first, last);
        return Pruned.NOTHING;
    }

    /** Whether the root is the only node. */
    boolean hasNoNodes() {
        return root.isEmpty();
    }

    @Override
    public void forEach(long first, long last, LongConsumer visitor) {
        root.forEach(first, last, visitor);
    }

    @Override
    public long size() {
        return present.sum();
    }

    @Override
    public void free() {
        root.clear();
        present.reset();
    }
}
