// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.CountingInputStream;
import io.pgfault.trace.internal.Unpacked;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipException;

/**
 * A file that is read once, front to end. Compressed data (gzip, xz, zstd) is unpacked and UTF-16 becomes UTF-8,
 * under any file name. A caller can look at the first bytes before it reads, so that pipes work too. One thread at
 * a time.
 */
public final class TraceFile implements Closeable {
    /** How many bytes {@link #head} has at most. */
    static final int HEAD_SIZE = 1 << 16;

    private static final int BUFFER_SIZE = 1 << 16;

    private final String name;
    private final long size;
    private final CountingInputStream raw;
    private InputStream data;
    private byte[] head = new byte[0];
    private int headTaken;
    private boolean peeked;
    private boolean cut;
    private long offset;

    private TraceFile(String name, long size, CountingInputStream raw) throws IOException {
        this.name = name;
        this.size = size;
        this.raw = raw;
        this.data = raw;
        try {
            this.data = Unpacked.of(raw, raw);
        } catch (IOException e) {
            if (!Unpacked.truncated(e)) {
                throw e;
            }
            this.data = InputStream.nullInputStream();
            this.cut = true;
        }
    }

    /**
     * Opens a file.
     *
     * @throws UnreadableInput if there is none, it is a directory, or it may not be read
     */
    public static TraceFile open(Path path) throws UnreadableInput {
        String name = path.toString();
        if (Files.isDirectory(path)) {
            throw UnreadableInput.of(name, "is a directory");
        }
        InputStream in = null;
        try {
            in = Files.newInputStream(path);
            long size = Files.isRegularFile(path) ? Files.size(path) : -1;
            return new TraceFile(name, size, new CountingInputStream(in, BUFFER_SIZE));
        } catch (IOException e) {
            UnreadableInput unreadable = UnreadableInput.of(name, reason(e), e);
            if (in != null) {
                try {
                    in.close();
                } catch (IOException f) {
                    unreadable.addSuppressed(f);
                }
            }
            throw unreadable;
        }
    }

    /**
     * Reads an open stream, such as standard input.
     *
     * @param name the name of the stream in messages
     * @throws UnreadableInput if the stream can't be read
     */
    public static TraceFile of(String name, InputStream in) throws UnreadableInput {
        try {
            return new TraceFile(name, -1, new CountingInputStream(in, BUFFER_SIZE));
        } catch (IOException e) {
            throw UnreadableInput.of(name, reason(e), e);
        }
    }

    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        return e instanceof ZipException
                ? "corrupt gzip data: " + e.getMessage()
                : Unpacked.corrupt(e).orElse("can't be read: " + e.getMessage());
    }

    /** The file's name as it was given. */
    public String name() {
        return name;
    }

    /** Size on disk in bytes, -1 if it isn't known (a pipe). */
    public long size() {
        return size;
    }

    /** How many bytes on disk have been read so far; with {@link #size}, how far the work has come. */
    public long position() {
        return raw.count();
    }

    /** Where the next {@link #read} starts, in bytes of the decompressed data. */
    public long offset() {
        return offset;
    }

    /** Whether compressed data has ended early; known once {@link #read} has returned -1. */
    public boolean cut() {
        return cut;
    }

    /**
     * The first bytes of the decompressed data, at most 64 KiB, without reading them. Only before the first read.
     *
     * @throws UnreadableInput if the data is damaged
     */
    public byte[] head() throws UnreadableInput {
        if (offset > 0) {
            throw new IllegalStateException("the head of " + name() + " is gone, it is being read");
        }
        if (!peeked) {
            peeked = true;
            byte[] bytes = new byte[HEAD_SIZE];
            int n = 0;
            for (int got; n < bytes.length && (got = readData(bytes, n, bytes.length - n, n)) > 0; ) {
                n += got;
            }
            head = Arrays.copyOf(bytes, n);
        }
        return head.clone();
    }

    /**
     * Reads up to {@code length} bytes of the decompressed data.
     *
     * @return how many, at least 1, or -1 at the end
     * @throws UnreadableInput if the data is damaged or the disk fails; the message names the offset
     */
    public int read(byte[] bytes, int from, int length) throws UnreadableInput {
        if (headTaken < head.length) {
            int n = Math.min(length, head.length - headTaken);
            System.arraycopy(head, headTaken, bytes, from, n);
            headTaken += n;
            offset += n;
            return n;
        }
        int n = readData(bytes, from, length, offset);
        offset += Math.max(n, 0);
        return n;
    }

    private int readData(byte[] bytes, int from, int length, long at) throws UnreadableInput {
        if (cut) {
            return -1;
        }
        try {
            return data.read(bytes, from, length);
        } catch (IOException e) {
            if (Unpacked.truncated(e)) {
                // No failure here: the caller knows whether it can use the part before the cut.
                cut = true;
                return -1;
            }
            throw UnreadableInput.atOffset(name(), at, reason(e), e);
        }
    }

    @Override
    public void close() throws IOException {
        data.close();
        raw.close();
    }
}
