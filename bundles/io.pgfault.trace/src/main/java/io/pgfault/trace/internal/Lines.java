// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The lines of a text file, one after the other. What follows the first 64 KiB of a line is dropped, so that a file
 * without line ends takes no more memory than any other.
 */
public final class Lines {
    private static final int MAX_LENGTH = 1 << 16;

    private final TraceFile file;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int limit;
    private byte[] text = new byte[256];
    private int length;
    private long number;
    private boolean ended;

    public Lines(TraceFile file) {
        this.file = file;
    }

    /** Goes to the next line; false at the end. */
    public boolean next() throws UnreadableInput {
        length = 0;
        ended = false;
        boolean any = false;
        while (!ended && fill()) {
            any = true;
            int from = at;
            while (at < limit && buffer[at] != '\n') {
                at++;
            }
            append(from, at);
            if (at < limit) {
                at++;
                ended = true;
            }
        }
        number += any ? 1 : 0;
        return any;
    }

    /** The line without its end; bytes that are not UTF-8 become replacement characters. */
    public String text() {
        int shown = length > 0 && text[length - 1] == '\r' ? length - 1 : length;
        return new String(text, 0, shown, StandardCharsets.UTF_8);
    }

    /** The line's number, from 1; after the last line still the last line's. */
    public long number() {
        return number;
    }

    /** Whether the line has an end: only the last one of a file may have none. */
    public boolean ended() {
        return ended;
    }

    /** The line's length in bytes, without its end. */
    public int length() {
        return length;
    }

    private boolean fill() throws UnreadableInput {
        if (at == limit) {
            at = 0;
            limit = Math.max(0, file.read(buffer, 0, buffer.length));
        }
        return at < limit;
    }

    private void append(int from, int to) {
        int n = Math.min(to - from, MAX_LENGTH - length);
        if (length + n > text.length) {
            text = Arrays.copyOf(text, Math.max(length + n, 2 * text.length));
        }
        System.arraycopy(buffer, from, text, length, n);
        length += n;
    }
}
