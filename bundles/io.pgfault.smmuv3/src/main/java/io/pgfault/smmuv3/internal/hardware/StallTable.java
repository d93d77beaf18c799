// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.smmuv3.spec.EventRecord;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The stalled transactions and their tags, at most STALL_MAX (IHI 0070 F.b §3.12.2). A tag is <em>free</em>, or
 * <em>kept</em> (its event waits for room in the event queue, in order), or <em>recorded</em> (its event is in the
 * event queue, or software has read it). Tags go round: the tag that was free longest is taken next.
 *
 * <p>Two parties share the table. <em>Devices</em> are the threads that hold the event queue's lock: they take tags,
 * keep and record. The <em>executing thread</em> is the one thread that executes commands: it claims recorded
 * transactions and frees tags, without the lock, so that a resume never waits for a device and a device never waits for
 * a resume.
 *
 * <p><b>Algorithm:</b> free tags are a Lamport queue: a ring with one producer (the executing thread) and one consumer
 * (the devices, under the lock). <b>Invariant:</b> {@code taken <= given <= taken + stallMax}; the tags in {@code free}
 * from {@code taken} to {@code given} are free. The slots of {@code recorded} are written by the devices while the tag
 * is taken and not recorded, and by the executing thread while the tag is recorded, so the two never write a slot at
 * the same time.
 */
final class StallTable {
    static final int NONE = -1;

    private final int stallMax;
    /**
     * The transaction of each tag. A device writes it before the device publishes the tag in {@link #recorded}; the
     * executing thread reads it afterwards.
     */
    private final int[] transactions;
    /** The device of each recorded tag, {@code null} for other tags. */
    private final AtomicReferenceArray<AttachedDevice> recorded;
    /** The free tags from {@code taken} to {@code given}, round and round; its length is a power of two. */
    private final int[] free;
    /** How many tags devices have taken. Devices read and write it under the lock. */
    private int taken;
    /**
     * The value of {@link #given} that a device read last. Devices read and write the copy under the lock, and read the
     * shared field only when the copy says that no tag is left.
     */
    private int seenGiven;
    /**
     * How many tags were free at the beginning or have become free since. The executing thread writes it; devices read
     * it.
     */
    private final AtomicInteger given;

    /** The tags whose events are kept; everything in it is guarded by the event queue's lock. */
    private final Kept kept;

    StallTable(int stallMax) {
        this.stallMax = stallMax;
        transactions = new int[stallMax];
        recorded = new AtomicReferenceArray<>(stallMax);
        free = new int[Math.max(2, Integer.highestOneBit(stallMax - 1) * 2)];
        for (int i = 0; i < stallMax; i++) {
            free[i] = i;
        }
        given = new AtomicInteger(stallMax);
        seenGiven = stallMax;
        kept = new Kept(stallMax);
    }

    int stallMax() {
        return stallMax;
    }

    /** How many tags are taken. Called by a device. */
    int outstanding() {
        return stallMax - (given.get() - taken);
    }

    /** A free tag, or {@link #NONE}. Called by a device. */
    int take() {
        if (seenGiven == taken && !hasFree()) {
            return NONE;
        }
        return free[taken++ & (free.length - 1)];
    }

    /** Whether a tag is free. Called by a device. */
    boolean hasFree() {
        seenGiven = given.get();
        return seenGiven != taken;
    }

    /** Publishes a transaction whose event is about to be recorded. Called by a device. */
    void record(int stag, AttachedDevice device, int transaction) {
        transactions[stag] = transaction;
        recorded.setRelease(stag, device);
    }

    /**
     * The tags whose events wait for room. Used by devices, and by the executing thread under the event queue's lock.
     */
    Kept kept() {
        return kept;
    }

    /** Publishes the kept transaction of a tag, whose event is about to be recorded. Called under the lock. */
    void recordKept(int stag) {
        kept.remove(stag);
        record(stag, kept.device(stag), kept.transaction(stag));
    }

    /**
     * Takes a recorded transaction of the stream from behind its tag, which isn't free yet. Called by the executing
     * thread.
     *
     * @return the device; {@code null} if no such transaction is recorded
     */
    AttachedDevice claim(int streamId, int stag) {
        AttachedDevice device = stag < stallMax ? recorded.getAcquire(stag) : null;
        if (device == null || device.streamId() != streamId) {
            return null;
        }
        recorded.setPlain(stag, null);
        return device;
    }

    /** The transaction behind a tag that {@link #claim} took. Called by the executing thread. */
    int transaction(int stag) {
        return transactions[stag];
    }

    /** Frees a tag that has no transaction. Called by the executing thread. */
    void free(int stag) {
        int at = given.getPlain();
        free[at & (free.length - 1)] = stag;
        given.setRelease(at + 1);
    }

    /** A list of tags in order of their events, linked through arrays so that each can leave it in constant time. */
    static final class Kept {
        private static final int WORDS = EventRecord.BYTES / Long.BYTES;

        private final AttachedDevice[] devices;
        private final int[] transactions;
        private final long[] words;
        private final boolean[] member;
        private final int[] next;
        private final int[] previous;
        private int head = NONE;
        private int tail = NONE;

        Kept(int stallMax) {
            devices = new AttachedDevice[stallMax];
            transactions = new int[stallMax];
            words = new long[stallMax * WORDS];
            member = new boolean[stallMax];
            next = new int[stallMax];
            previous = new int[stallMax];
        }

        boolean isEmpty() {
            return head == NONE;
        }

        /** The tag whose event has been kept longest, or {@link #NONE}. */
        int first() {
            return head;
        }

        boolean holds(int streamId, int stag) {
            return stag < member.length && member[stag] && devices[stag].streamId() == streamId;
        }

        AttachedDevice device(int stag) {
            return devices[stag];
        }

        int transaction(int stag) {
            return transactions[stag];
        }

        long word(int stag, int word) {
            return words[stag * WORDS + word];
        }

        void add(int stag, AttachedDevice device, int transaction, long word0, long word1, long word2, long word3) {
            devices[stag] = device;
            transactions[stag] = transaction;
            words[stag * WORDS] = word0;
            words[stag * WORDS + 1] = word1;
            words[stag * WORDS + 2] = word2;
            words[stag * WORDS + 3] = word3;
            member[stag] = true;
            previous[stag] = tail;
            next[stag] = NONE;
            if (tail == NONE) {
                head = stag;
            } else {
                next[tail] = stag;
            }
            tail = stag;
        }

        /** Takes a tag out of the list; its device and transaction can still be read. */
        void remove(int stag) {
            member[stag] = false;
            if (previous[stag] == NONE) {
                head = next[stag];
            } else {
                next[previous[stag]] = next[stag];
            }
            if (next[stag] == NONE) {
                tail = previous[stag];
            } else {
                previous[next[stag]] = previous[stag];
            }
        }
    }
}
