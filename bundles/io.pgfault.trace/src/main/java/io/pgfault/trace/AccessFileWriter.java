// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.AccessCode;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes accesses in a compact binary form, usually 3 to 5 bytes each:
 *
 * <pre>
 * file    "IOPF" 01 00 00 00, accesses, end mark
 * access  tag, delta (0 to 6 or 8 bytes), size (4 bytes if the tag says so)
 * tag     bits 1:0 READ, WRITE; bits 4:2 log2 of the size, 7: the size follows; bits 7:5 bytes of the delta, 7: eight
 * delta   to the address of the last access with the same bits 1:0, zigzag: 2d, or -2d - 1 for a negative d
 * end     tag 0, the number of accesses (8 bytes)
 * </pre>
 *
 * Numbers are little-endian. A file without its end mark is truncated. One thread at a time.
 */
public final class AccessFileWriter implements Closeable {
    private static final int BUFFER_SIZE = 1 << 16;

    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_SIZE];
    private final long[] last = new long[AccessCode.STREAMS];
    private int at;
    private long accesses;

    private AccessFileWriter(OutputStream out) {
        this.out = out;
        System.arraycopy(AccessCode.HEADER, 0, buffer, 0, AccessCode.HEADER.length);
        this.at = AccessCode.HEADER.length;
    }

    /**
     * Makes the file, or empties an existing file.
     *
     * @throws IOException if that isn't possible
     */
    public static AccessFileWriter create(Path path) throws IOException {
        return new AccessFileWriter(Files.newOutputStream(path));
    }

    /**
     * Writes one access.
     *
     * @param permissions READ, WRITE or both
     * @param size in bytes, at least 1
     */
    public void write(int permissions, long address, int size) throws IOException {
        int stream = permissions & AccessCode.STREAM_MASK;
        if (stream == 0 || size < 1) {
            throw new IllegalArgumentException("an access reads or writes at least 1 byte, got %d bytes, permissions %d"
                    .formatted(size, permissions));
        }
        if (BUFFER_SIZE - at < AccessCode.MAX_LENGTH) {
            flush();
        }
        long delta = address - last[stream];
        last[stream] = address;
        long zigzag = (delta << 1) ^ (delta >> 63);
        int bytes = (71 - Long.numberOfLeadingZeros(zigzag)) / 8;
        int deltaCode = bytes > AccessCode.MOST_SHORT_BYTES ? AccessCode.EIGHT_BYTES : bytes;
        int code = Integer.bitCount(size) == 1 && size <= AccessCode.MOST_CODED_SIZE
                ? Integer.numberOfTrailingZeros(size)
                : AccessCode.SIZE_FOLLOWS;
        buffer[at] = (byte) ((deltaCode << AccessCode.DELTA_SHIFT) | (code << AccessCode.SIZE_SHIFT) | stream);
        AccessCode.write(buffer, at + 1, zigzag);
        at += 1 + AccessCode.deltaBytes(buffer[at]);
        if (code == AccessCode.SIZE_FOLLOWS) {
            AccessCode.write(buffer, at, size);
            at += Integer.BYTES;
        }
        accesses++;
    }

    /** How many accesses have been written. */
    public long accesses() {
        return accesses;
    }

    private void flush() throws IOException {
        out.write(buffer, 0, at);
        at = 0;
    }

    /** Writes the end mark and closes the file. */
    @Override
    public void close() throws IOException {
        try (out) {
            if (BUFFER_SIZE - at < AccessCode.MAX_LENGTH) {
                flush();
            }
            buffer[at] = AccessCode.END;
            AccessCode.write(buffer, at + 1, accesses);
            at += 1 + Long.BYTES;
            flush();
        }
    }
}
