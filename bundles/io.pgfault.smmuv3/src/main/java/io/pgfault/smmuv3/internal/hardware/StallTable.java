// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The stalled transactions and their tags, at most STALL_MAX (IHI 0070, 3.12.2). A tag is free, or <em>kept</em>: its event
 * waits for room in the event queue, in order, or <em>recorded</em>. Tags go round: the one that was free longest is taken
 * next, so that a tag isn't seen again at once.
 *
 * <p>Guarded by the event queue's lock, but for two steps that devices shouldn't have to wait for: {@link #claim} takes a
 * recorded transaction from behind its tag, and {@link #free} gives the tag back. Tags are given back by one thread at a
 * time.
 */
final class StallTable {
    static final int NONE = -1;

    private final int stallMax;
    private final Stream[] streams;
    private final int[] transactions;
    private final long[] words;
    private final boolean[] kept;
    private final int[] next;
    private final int[] previous;
    private int keptHead = NONE;
    private int keptTail = NONE;
    /** The streams of those whose event has been recorded, by tag. */
    private final AtomicReferenceArray<Stream> recorded;
    /** The free tags from {@code taken} to {@code given}, round and round. */
    private final int[] free;

    private int taken;
    private volatile int given;

    StallTable(int stallMax) {
        this.stallMax = stallMax;
        streams = new Stream[stallMax];
        transactions = new int[stallMax];
        words = new long[stallMax * 3];
        kept = new boolean[stallMax];
        next = new int[stallMax];
        previous = new int[stallMax];
        recorded = new AtomicReferenceArray<>(stallMax);
        free = new int[Math.max(2, Integer.highestOneBit(stallMax - 1) * 2)];
        for (int i = 0; i < stallMax; i++) {
            free[i] = i;
        }
        given = stallMax;
    }

    int stallMax() {
        return stallMax;
    }

    int outstanding() {
        return stallMax - (given - taken);
    }

    /** A free tag, or {@link #NONE}. */
    int take() {
        if (!hasFree()) {
            return NONE;
        }
        return free[taken++ & (free.length - 1)];
    }

    boolean hasFree() {
        return given != taken;
    }

    /** Puts a transaction behind a tag that was taken, and its event at the end of those kept. */
    void keep(int stag, Stream stream, int transaction, long word0, long word1, long word2) {
        streams[stag] = stream;
        transactions[stag] = transaction;
        words[stag * 3] = word0;
        words[stag * 3 + 1] = word1;
        words[stag * 3 + 2] = word2;
        kept[stag] = true;
        previous[stag] = keptTail;
        next[stag] = NONE;
        if (keptTail == NONE) {
            keptHead = stag;
        } else {
            next[keptTail] = stag;
        }
        keptTail = stag;
    }

    /** The tag whose event has been kept longest, or {@link #NONE}. */
    int firstKept() {
        return keptHead;
    }

    long word(int stag, int word) {
        return words[stag * 3 + word];
    }

    /** The event is being recorded: from now on the transaction can be claimed. */
    void record(int stag) {
        unkeep(stag);
        recorded.setRelease(stag, streams[stag]);
        streams[stag] = null;
    }

    private void unkeep(int stag) {
        kept[stag] = false;
        if (previous[stag] == NONE) {
            keptHead = next[stag];
        } else {
            next[previous[stag]] = next[stag];
        }
        if (next[stag] == NONE) {
            keptTail = previous[stag];
        } else {
            previous[next[stag]] = previous[stag];
        }
    }

    /**
     * Takes a recorded transaction of the stream away from behind its tag, which isn't free yet. Without the lock.
     *
     * @return the stream; null if there is no such transaction, or its event is kept
     */
    Stream claim(int streamId, int stag) {
        Stream stream = stag < stallMax ? recorded.getAcquire(stag) : null;
        return stream != null && stream.id() == streamId && recorded.compareAndSet(stag, stream, null) ? stream : null;
    }

    /** As {@link #claim}, for a transaction whose event is kept and will not be recorded then. */
    Stream claimKept(int streamId, int stag) {
        if (stag >= stallMax || !kept[stag] || streams[stag].id() != streamId) {
            return null;
        }
        Stream stream = streams[stag];
        unkeep(stag);
        streams[stag] = null;
        return stream;
    }

    /** The transaction behind a tag, for who has claimed it. */
    int transaction(int stag) {
        return transactions[stag];
    }

    /** Frees a tag that was taken and has no transaction. Without the lock, one thread at a time. */
    void free(int stag) {
        int at = given;
        free[at & (free.length - 1)] = stag;
        given = at + 1;
    }
}
