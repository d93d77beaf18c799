// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.peel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * The regular files of an archive in the format of tar (POSIX.1-2017, pax, ustar Interchange Format), with GNU's and
 * pax's long names. A damaged header ends the archive. One thread at a time.
 */
public final class TarStream {
    private static final int BLOCK = 512;
    private static final int MAGIC = 257;
    private static final int MAX_NAME = 1 << 16;

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    private String name = "";
    private long left;
    private long padding;

    /** An archive whose first byte is the next one of {@code in}. */
    public TarStream(InputStream in) {
        this.in = in;
    }

    /** Whether a file with these first bytes is an archive. */
    public static boolean isTar(byte[] head) {
        return head.length >= BLOCK && new String(head, MAGIC, 5, StandardCharsets.US_ASCII).equals("ustar");
    }

    /** Goes to the next regular file. Returns false at the end. */
    public boolean next() throws IOException {
        String longName = "";
        while (true) {
            skip(left + padding);
            left = 0;
            padding = 0;
            if (in.readNBytes(header, 0, BLOCK) < BLOCK || !isTar(header)) {
                return false;
            }
            long size = number(124, 12);
            if (size < 0) {
                return false;
            }
            char kind = (char) header[156];
            left = size;
            padding = (BLOCK - size % BLOCK) % BLOCK;
            if (kind == 'L' || kind == 'x') {
                int length = (int) Math.min(size, MAX_NAME);
                String text = new String(in.readNBytes(length), StandardCharsets.UTF_8);
                left -= length;
                longName = kind == 'L' ? text.replace("\0", "") : pax(text, longName);
            } else if (kind == '0' || kind == 0) {
                String prefix = text(345, 155);
                name = longName.isEmpty() ? (prefix.isEmpty() ? "" : prefix + "/") + text(0, 100) : longName;
                return true;
            } else {
                longName = "";
            }
        }
    }

    private static String pax(String text, String before) {
        for (String line : text.split("\n")) {
            int path = line.indexOf(" path=");
            if (path >= 0) {
                return line.substring(path + " path=".length());
            }
        }
        return before;
    }

    private void skip(long bytes) throws IOException {
        long rest = bytes;
        byte[] waste = new byte[1 << 13];
        while (rest > 0) {
            int n = in.read(waste, 0, (int) Math.min(waste.length, rest));
            if (n < 0) {
                return;
            }
            rest -= n;
        }
    }

    private String text(int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.UTF_8);
    }

    private long number(int from, int length) {
        if ((header[from] & 0x80) != 0) {
            long value = header[from] & 0x3f;
            for (int i = from + 1; i < from + length; i++) {
                value = value << 8 | (header[i] & 0xff);
            }
            return value;
        }
        long value = 0;
        for (int i = from; i < from + length; i++) {
            char c = (char) header[i];
            if (c >= '0' && c <= '7') {
                value = value << 3 | (c - '0');
            } else if (c != ' ' && c != 0) {
                return -1;
            }
        }
        return value;
    }

    /** The name of the current file. */
    public String name() {
        return name;
    }

    /** The content of the current file, up to the next {@link #next}. */
    public InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                if (left == 0) {
                    return -1;
                }
                int n = in.read(bytes, from, (int) Math.min(length, left));
                left = n < 0 ? 0 : left - n;
                return n;
            }
        };
    }
}
