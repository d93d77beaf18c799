// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The bytes of the compact binary form of accesses; {@code AccessFileWriter} describes the form. */
public final class AccessCode {
    /** The first bytes of a file. */
    @SuppressWarnings("MutablePublicArray") // Read by the reader and the writer of one bundle.
    public static final byte[] HEADER = {'I', 'O', 'P', 'F', 1, 0, 0, 0};

    /** The tag of the end mark. */
    public static final byte END = 0;
    /** The most bytes of an access, and room to read a word at its last byte. */
    public static final int MAX_LENGTH = 24;

    /** One delta stream for each combination of READ and WRITE. */
    public static final int STREAMS = 4;

    public static final int STREAM_MASK = 3;
    public static final int SIZE_SHIFT = 2;
    public static final int SIZE_MASK = 7;
    /** The code of a size that isn't a power of two up to {@link #MOST_CODED_SIZE}. */
    public static final int SIZE_FOLLOWS = 7;

    public static final int MOST_CODED_SIZE = 64;
    public static final int DELTA_SHIFT = 5;
    /** The most bytes of a delta that the tag says as they are. */
    public static final int MOST_SHORT_BYTES = 6;
    /** What the tag says for a delta of eight bytes. */
    public static final int EIGHT_BYTES = 7;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private AccessCode() {}

    /** Whether a file begins as such a file. */
    public static boolean isHeader(byte[] bytes) {
        return bytes.length >= HEADER.length && Arrays.equals(bytes, 0, HEADER.length, HEADER, 0, HEADER.length);
    }

    /** How many bytes the delta has after a tag. */
    public static int deltaBytes(int tag) {
        int code = (tag >> DELTA_SHIFT) & 7;
        return code == EIGHT_BYTES ? Long.BYTES : code;
    }

    /** Reads a number of up to 8 bytes; the array has 8 bytes from {@code at} on. */
    public static long read(byte[] bytes, int at, int length) {
        long word = (long) LONG.get(bytes, at);
        return length == Long.BYTES ? word : word & ((1L << (8 * length)) - 1);
    }

    /** Writes the 8 bytes of a number; the array has room for all of them. */
    public static void write(byte[] bytes, int at, long number) {
        LONG.set(bytes, at, number);
    }
}
