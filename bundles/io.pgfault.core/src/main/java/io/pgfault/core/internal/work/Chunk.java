// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.work;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Some pieces of one device's work that a worker, the owner, has taken together. Owner and thieves, which are other
 * workers, claim the pieces one by one, so a handler that blocks the owner holds up only the piece that the owner runs.
 *
 * <p><b>Algorithm:</b> a bounded work-stealing batch with a tagged claim word, exchanged by compare-and-set.
 *
 * <pre>
 *   claim:  63:16 how often the chunk was filled · 15:8 next piece · 7:0 number of pieces
 * </pre>
 *
 * <p><b>Invariant:</b> only the owner fills, and only when every piece has been claimed. A thread reads the piece first
 * and exchanges the word afterwards: if the exchange succeeds, the chunk was not filled in between, so the word
 * named this piece, and no other thread has it.
 *
 * <p><b>Benchmark row:</b> workers, groups of 1.
 */
final class Chunk {
    /** How many pieces a worker takes together. */
    static final int MOST = 16;

    private static final VarHandle CLAIM;
    private static final int FILLS_SHIFT = 16;
    private static final int NEXT_SHIFT = 8;
    private static final int FIELD = 0xff;

    static {
        try {
            CLAIM = MethodHandles.lookup()
                    .findVarHandle(Chunk.class, "claim", long.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Work[] pieces = new Work[MOST];
    private volatile long claim;
    /** Where the pieces are from. Only the owner reads and writes it. */
    private WorkList from;

    /** Takes pieces of a list. Only the owner calls this method, and only when {@link #left} is 0. */
    void fill(WorkList list, int most) {
        from = list;
        int n = list.take(pieces, most);
        CLAIM.setRelease(this, (((claim >>> FILLS_SHIFT) + 1) << FILLS_SHIFT) | n);
    }

    /** Where the pieces are from, for the owner. */
    WorkList from() {
        return from;
    }

    /** Claims the next piece; {@code null} if there is none. Any worker. */
    Work claim() {
        while (true) {
            long word = claim;
            int next = (int) (word >>> NEXT_SHIFT) & FIELD;
            if (next >= ((int) word & FIELD)) {
                return null;
            }
            Work piece = pieces[next];
            if (CLAIM.compareAndSet(this, word, word + (1 << NEXT_SHIFT))) {
                return piece;
            }
        }
    }

    /** How many pieces have not been claimed. Any worker; for a thief the number may be old. */
    int left() {
        long word = claim;
        return ((int) word & FIELD) - ((int) (word >>> NEXT_SHIFT) & FIELD);
    }

    /** Forgets the pieces, which may be garbage. Only the owner calls this method, and only when {@link #left} is 0. */
    void forget() {
        Arrays.fill(pieces, null);
    }
}
