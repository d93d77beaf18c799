// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

/**
 * The stalled transactions and their tags, at most STALL_MAX (IHI 0070, 3.12.2). A tag is free, or <em>kept</em>: its event
 * waits for room in the event queue, in order, or <em>recorded</em>. Tags go round: the one that was free longest is taken
 * next, so that a tag isn't seen again at once. Not thread-safe; the event queue's lock guards it.
 */
final class StallTable {
    static final int NONE = -1;

    private final Stream[] streams;
    private final int[] transactions;
    private final long[] words;
    private final boolean[] kept;
    private final int[] free;
    private int freeHead;
    private int freeCount;
    private final int[] next;
    private final int[] previous;
    private int keptHead = NONE;
    private int keptTail = NONE;

    StallTable(int stallMax) {
        streams = new Stream[stallMax];
        transactions = new int[stallMax];
        words = new long[stallMax * 3];
        kept = new boolean[stallMax];
        next = new int[stallMax];
        previous = new int[stallMax];
        free = new int[stallMax];
        for (int i = 0; i < stallMax; i++) {
            free[i] = i;
        }
        freeCount = stallMax;
    }

    int stallMax() {
        return free.length;
    }

    int outstanding() {
        return free.length - freeCount;
    }

    /** A free tag, or {@link #NONE}. */
    int take() {
        if (freeCount == 0) {
            return NONE;
        }
        int stag = free[freeHead];
        freeHead = freeHead + 1 == free.length ? 0 : freeHead + 1;
        freeCount--;
        return stag;
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

    /** The event has been recorded, or never will be. */
    void unkeep(int stag) {
        if (!kept[stag]) {
            return;
        }
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

    /** The stream of the transaction behind the tag, null if there is none. */
    Stream stream(int stag) {
        return stag < streams.length ? streams[stag] : null;
    }

    int transaction(int stag) {
        return transactions[stag];
    }

    /** Takes the transaction away from behind the tag; the tag isn't free yet. */
    void clear(int stag) {
        unkeep(stag);
        streams[stag] = null;
    }

    /** Frees a tag that was taken and has no transaction. */
    void free(int stag) {
        int tail = freeHead + freeCount;
        free[tail >= free.length ? tail - free.length : tail] = stag;
        freeCount++;
    }
}
