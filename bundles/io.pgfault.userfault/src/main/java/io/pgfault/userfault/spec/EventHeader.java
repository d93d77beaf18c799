// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import java.nio.ByteBuffer;

/**
 * What precedes each event in an event queue, 8 bytes ({@code include/uapi/linux/iommufd.h}, {@code struct
 * iommufd_vevent_header}; rule N08). A 32-byte event record follows (SMMUv3: the words of an event record), unless the
 * header says that events were lost: then nothing follows.
 *
 * <pre>
 *  0  u32 flags      LOST_EVENTS 1 &lt;&lt; 0
 *  4  u32 sequence   number of the event, 0 to 2^31 - 1, then 0 again
 * </pre>
 *
 * <p>Every method takes the byte offset {@code at} of a header in the buffer.
 */
public final class EventHeader {
    /** Size of a header in bytes. */
    public static final int SIZE = 8;

    /** Size of the event record that follows a header, in bytes. */
    public static final int EVENT_SIZE = 32;

    /** Bit of {@link #flags}: the queue had no room for at least one event. */
    public static final int LOST_EVENTS = 1;

    /** The largest sequence number; 0 follows it. */
    public static final int LAST_SEQUENCE = Integer.MAX_VALUE;

    private static final int FLAGS = 0;
    private static final int SEQUENCE = 4;

    private EventHeader() {}

    /**
     * Writes all 8 bytes.
     *
     * @param flags 0 or {@link #LOST_EVENTS}
     * @param sequence 0 to {@link #LAST_SEQUENCE}
     * @throws IllegalArgumentException if a value is out of range
     */
    public static void put(ByteBuffer buffer, int at, int flags, int sequence) {
        if ((flags & ~LOST_EVENTS) != 0 || sequence < 0) {
            throw new IllegalArgumentException(
                    "event header: flags are 0 or 1, sequence is 0 to 2147483647, got flags 0x%x, sequence %d"
                            .formatted(flags, sequence));
        }
        Words.putInt(buffer, at + FLAGS, flags);
        Words.putInt(buffer, at + SEQUENCE, sequence);
    }

    /** The flags, whether or not they are known. */
    public static int flags(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + FLAGS);
    }

    /** Whether the queue lost at least one event before this place; no event record follows such a header. */
    public static boolean lostEvents(ByteBuffer buffer, int at) {
        return (flags(buffer, at) & LOST_EVENTS) != 0;
    }

    /** The event's number, 0 to {@link #LAST_SEQUENCE}; negative only if the writer broke the layout. */
    public static int sequence(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + SEQUENCE);
    }

    /** The number that follows {@code sequence}: 0 follows {@link #LAST_SEQUENCE}. */
    public static int next(int sequence) {
        return (sequence + 1) & LAST_SEQUENCE;
    }

    /**
     * How many events a reader missed that has seen {@code last} and now sees {@code current}.
     *
     * @return 0 to {@link #LAST_SEQUENCE}; 0 if {@code current} follows {@code last}
     */
    public static int missed(int last, int current) {
        return (current - last - 1) & LAST_SEQUENCE;
    }
}
