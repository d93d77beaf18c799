// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import io.pgfault.api.Translation;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.UnreadableInput;
import java.util.BitSet;

/**
 * The pieces of a file in the order in which an engine copies them, each byte once: from the start to the end, or first
 * the pages that the accesses of a trace touch, in the order of their first touch. One thread.
 */
final class Pieces {
    private static final long PIECE = 1 << 20;
    private static final int PAGES_OF_PIECE = (int) (PIECE / Translation.PAGE_SIZE);

    private final long size;
    private final int pages;
    private final BitSet done;
    /** Null when every access has been read, or if there is no trace. */
    private AccessSource trace;

    private long touched;
    private int untouched;
    private long start;
    private long length;

    private Pieces(long size, AccessSource trace) {
        this.size = size;
        this.pages = Math.toIntExact((size + Translation.PAGE_SIZE - 1) / Translation.PAGE_SIZE);
        this.done = new BitSet(trace == null ? 0 : pages);
        this.trace = trace;
    }

    /** From the start to the end. */
    static Pieces inOrder(long size) {
        return new Pieces(size, null);
    }

    /**
     * First the pages that a trace touches, each once. The page of an access is the page number of its first byte
     * modulo the pages of the file: near accesses stay near, whatever the addresses are. The rest follows in order.
     *
     * @param trace read to its end, and left open
     */
    static Pieces touchedBy(AccessSource trace, long size) {
        return new Pieces(size, trace);
    }

    /** Goes to the next piece; returns false at the end. */
    boolean next() throws UnreadableInput {
        return touchedNext() || rest();
    }

    private boolean touchedNext() throws UnreadableInput {
        while (trace != null && pages > 0) {
            if (!trace.next()) {
                trace = null;
                return false;
            }
            int page = (int) ((trace.address() >>> Translation.PAGE_SHIFT) % pages);
            if (!done.get(page)) {
                done.set(page);
                touched++;
                return piece(page, 1);
            }
        }
        return false;
    }

    private boolean rest() {
        int first = done.nextClearBit(untouched);
        if (first >= pages) {
            return false;
        }
        int next = done.nextSetBit(first);
        int end = Math.min(Math.min(next < 0 ? pages : next, pages), first + PAGES_OF_PIECE);
        untouched = end;
        return piece(first, end - first);
    }

    private boolean piece(int page, int count) {
        start = (long) page * Translation.PAGE_SIZE;
        length = Math.min((long) count * Translation.PAGE_SIZE, size - start);
        return true;
    }

    /** Where the piece begins in the file, bytes. */
    long start() {
        return start;
    }

    /** How long the piece is, bytes; at least 1. */
    long length() {
        return length;
    }

    /** How many pages the trace has touched first. */
    long touched() {
        return touched;
    }
}
