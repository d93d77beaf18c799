// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import java.util.function.LongConsumer;

/**
 * A node of the radix tree. A node covers the 2^{@code span} page numbers from {@code first} on, and stays the node for
 * those page numbers until a thread prunes the node. A pruned node is empty and stays empty.
 */
abstract sealed class Node permits Directory, Leaf {
    /** The first page number covered, a multiple of 2^span. */
    final long first;

    /** How many low bits of a page number tell the pages of this node apart, 7 to 52. */
    final int span;

    Node(long page, int span) {
        this.first = page >>> span << span;
        this.span = span;
    }

    /**
     * Visits the present pages from {@code from} to {@code to}, inclusive. Pages that another thread sets or clears
     * meanwhile may be visited or not.
     */
    abstract void forEach(long from, long to, LongConsumer visitor);

    /**
     * Unlinks the empty nodes below that cover pages from {@code from} to {@code to}.
     *
     * @return whether this node is empty; then the node refuses every change from now on, and its parent unlinks the
     *     node
     */
    abstract boolean prune(long from, long to);

    /** Whether the node covers a page from {@code from} to {@code to}, inclusive. */
    final boolean overlaps(long from, long to) {
        return from <= first + ((1L << span) - 1) && first <= to;
    }

    /** Whether {@code page}, a page number, is among the pages of the node. */
    final boolean covers(long page) {
        return (page ^ first) >>> span == 0;
    }
}
