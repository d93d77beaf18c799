// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.recorded;

import java.util.Arrays;

/** The bytes of a recording; {@code RecordingWriter} describes the form. */
public final class RecordingCode {
    public static final int VERSION = 1;
    /** The first bytes of every recording: a mark, the version, and a byte that tells a recording from accesses. */
    private static final byte[] MARK = {'I', 'O', 'P', 'F', VERSION, 1, 0, 0};

    public static final int VERSION_AT = 4;
    /** The mark, and the time of the start. */
    public static final int HEADER_SIZE = MARK.length + Long.BYTES;

    /** Begins the description of a queue. */
    public static final int QUEUE = 0xff;
    /** Begins the end mark. */
    public static final int END = 0xfe;
    /** The most queues of a recording. */
    public static final int QUEUES = END;

    public static final int LARGEST_RECORD = 0xffff;
    public static final int LONGEST_NAME = 0xff;
    /** The most bytes before the bytes of a record: its queue, the length of its time, its time. */
    public static final int RECORD_PREFIX = 1 + 1 + Long.BYTES;
    /** The most bytes of a queue's description. */
    public static final int LARGEST_QUEUE = 1 + 1 + 2 + 3 * (1 + LONGEST_NAME);

    public static final int END_SIZE = 1 + Long.BYTES;

    private RecordingCode() {}

    public static byte[] mark() {
        return MARK.clone();
    }

    /** Whether these first bytes are a recording's, of whatever version. */
    public static boolean isRecording(byte[] head) {
        byte[] begin = Arrays.copyOf(head, MARK.length);
        begin[VERSION_AT] = VERSION;
        return head.length >= MARK.length && Arrays.equals(begin, MARK);
    }

    /** How many bytes the number has without leading zeros: 0 to 8. */
    public static int length(long number) {
        return (Long.SIZE + Byte.SIZE - 1 - Long.numberOfLeadingZeros(number)) / Byte.SIZE;
    }
}
