// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.util.function.LongConsumer;

/**
 * A node of {@link RadixPageTable}. It covers the 2^{@code span} page numbers from {@code first} on, and stays the node
 * for them until it is pruned: it is empty then, and stays so.
 */
abstract sealed class Node permits Directory, Leaf {
    /** The first page number covered, a multiple of 2^span. */
    final long first;

    /** How many low bits of a page number tell the pages of this node apart. */
    final int span;

    Node(long page, int span) {
        this.first = page >>> span << span;
        this.span = span;
    }

    /** Visits the present pages from {@code from} to {@code to}, inclusive, as {@link RadixPageTable#forEach}. */
    abstract void forEach(long from, long to, LongConsumer visitor);

    /**
     * Lets go of what is empty below, as far as it covers pages from {@code from} to {@code to}; returns whether the node is
     * empty itself. If so it refuses every change from now on, and its parent forgets it.
     */
    abstract boolean prune(long from, long to);

    /** Whether a page from {@code from} to {@code to} is covered. */
    final boolean overlaps(long from, long to) {
        return from <= first + ((1L << span) - 1) && first <= to;
    }

    final boolean covers(long page) {
        return (page ^ first) >>> span == 0;
    }
}
