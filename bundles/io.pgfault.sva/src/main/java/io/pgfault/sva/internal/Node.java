// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

/**
 * A node of {@link RadixPageTable}. It covers the 2^{@code span} page numbers from {@code first} on, and stays the node
 * for them as long as it is in a table.
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

    final boolean covers(long page) {
        return (page ^ first) >>> span == 0;
    }
}
