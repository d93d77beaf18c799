// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

/** UTF-16 with a byte order mark as UTF-8, without the mark. One thread at a time. */
final class Utf16Stream extends InputStream {
    private static final int CHARS = 1 << 13;

    private final Reader reader;
    private final char[] chars = new char[CHARS];
    private byte[] bytes = {};
    private int at;
    private int kept;

    Utf16Stream(InputStream in) {
        this.reader = new InputStreamReader(in, StandardCharsets.UTF_16);
    }

    /** Whether the data starts with the byte order mark of UTF-16. */
    static boolean isUtf16(CountingInputStream head) throws IOException {
        return head.startsWith(0xff, 0xfe) || head.startsWith(0xfe, 0xff);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
        while (at == bytes.length) {
            int n = reader.read(chars, kept, CHARS - kept);
            if (n < 0) {
                return -1;
            }
            int filled = kept + n;
            // A pair of surrogates is one character: its first half waits for the second.
            kept = Character.isHighSurrogate(chars[filled - 1]) ? 1 : 0;
            bytes = new String(chars, 0, filled - kept).getBytes(StandardCharsets.UTF_8);
            at = 0;
            if (kept == 1) {
                chars[0] = chars[filled - 1];
            }
        }
        int n = Math.min(length, bytes.length - at);
        System.arraycopy(bytes, at, target, from, n);
        at += n;
        return n;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
