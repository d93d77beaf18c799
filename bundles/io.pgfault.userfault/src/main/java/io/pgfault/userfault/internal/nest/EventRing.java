// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import io.pgfault.userfault.spec.EventHeader;
import java.nio.ByteBuffer;

/**
 * The unrecoverable events of a client's first stages, bounded (rule N08; kernel: {@code struct iommufd_veventq}). A
 * full ring drops an event. The next event's number shows how many were dropped; if none follows, a header alone tells
 * of the loss. Event threads add, the thread of the events' socket takes; the monitor guards all fields.
 */
public final class EventRing {
    private static final int WORDS = EventHeader.EVENT_SIZE / Long.BYTES;
    private static final long STREAM_ID_SHIFT = 32;
    private static final long LOWER = 0xffff_ffffL;

    private final int depth;
    private final Runnable wake;
    private final long[] words;
    private final int[] numbers;
    private int head;
    private int count;
    /** The number of the next event. */
    private int next;
    /** Whether the newest event was dropped, and its number. */
    private boolean lost;

    private int lostNumber;

    /**
     * @param depth the bound of events
     * @param wake tells the thread that takes events; any thread
     */
    public EventRing(int depth, Runnable wake) {
        this.depth = depth;
        this.wake = wake;
        this.words = new long[depth * WORDS];
        this.numbers = new int[depth];
    }

    /**
     * Adds an event record of an SMMUv3 (IHI 0070 F.b §7.3).
     *
     * @param devId the StreamID by which the client knows the device; it replaces the one in the record
     * @return false if the event isn't the client's business
     */
    boolean add(int devId, long word0, long word1, long word2, long word3) {
        if (!isOfFirstStage((int) word0 & 0xff)) {
            return false;
        }
        synchronized (this) {
            int number = next;
            next = EventHeader.next(number);
            lost = count == depth;
            if (lost) {
                lostNumber = number;
            } else {
                int at = (head + count++) % depth;
                numbers[at] = number;
                words[at * WORDS] = (word0 & LOWER) | ((long) devId << STREAM_ID_SHIFT);
                words[at * WORDS + 1] = word1;
                words[at * WORDS + 2] = word2;
                words[at * WORDS + 3] = word3;
            }
        }
        wake.run();
        return true;
    }

    /** C_BAD_STE, F_STREAM_DISABLED, C_BAD_SUBSTREAMID, C_BAD_CD, and the four faults of a translation. */
    private static boolean isOfFirstStage(int id) {
        return switch (id) {
            case 0x04, 0x06, 0x08, 0x0a, 0x10, 0x11, 0x12, 0x13 -> true;
            default -> false;
        };
    }

    /** Whether there is nothing to take. Any thread. */
    public synchronized boolean isEmpty() {
        return count == 0 && !lost;
    }

    /**
     * Takes the oldest event, or the header that tells of a loss: writes to the buffer's position, and advances it.
     *
     * @param out little-endian, with room for a header and an event
     * @return false if there is nothing to take
     */
    public synchronized boolean poll(ByteBuffer out) {
        int at = out.position();
        if (count == 0) {
            if (!lost) {
                return false;
            }
            lost = false;
            EventHeader.put(out, at, EventHeader.LOST_EVENTS, lostNumber);
            out.position(at + EventHeader.SIZE);
            return true;
        }
        EventHeader.put(out, at, 0, numbers[head]);
        out.position(at + EventHeader.SIZE);
        for (int i = 0; i < WORDS; i++) {
            out.putLong(words[head * WORDS + i]);
        }
        head = (head + 1) % depth;
        count--;
        return true;
    }
}
