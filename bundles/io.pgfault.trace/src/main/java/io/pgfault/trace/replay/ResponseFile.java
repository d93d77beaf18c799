// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes the response records that a unit's hardware consumes to a file, back to back, in the order of consumption, and
 * counts them by code. A failure to write never reaches the unit: it is kept, and thrown by {@link #close}.
 */
public final class ResponseFile implements ResponseTap, AutoCloseable {
    private static final int BUFFER_SIZE = 1 << 16;

    private final Path path;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE);
    private final long[] counts = new long[ResponseCode.values().length];
    private IOException failure;

    private ResponseFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Makes the file, or empties an existing file.
     *
     * @throws IOException if that isn't possible; the message is one line that names the file
     */
    public static ResponseFile create(Path path) throws IOException {
        try {
            return new ResponseFile(
                    path,
                    FileChannel.open(
                            path,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    private static IOException unwritable(Path path, IOException e) {
        String reason = Files.isDirectory(path)
                ? "it is a directory"
                : e instanceof NoSuchFileException
                        ? "its folder doesn't exist"
                        : e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
        return new IOException(path + ": can't be written: " + reason, e);
    }

    @Override
    public synchronized void consumed(ByteBuffer record, ResponseCode code) {
        counts[code.value()]++;
        if (failure != null) {
            return;
        }
        try {
            int length = record.remaining();
            if (buffer.remaining() < length) {
                flush();
            }
            buffer.put(buffer.position(), record, record.position(), length);
            buffer.position(buffer.position() + length);
        } catch (IOException e) {
            failure = e;
        }
    }

    /** How many responses with that code have been consumed. */
    public synchronized long count(ResponseCode code) {
        return counts[code.value()];
    }

    private void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    /**
     * Writes what is buffered and closes the file. Idempotent. The owner closes the tap first: a record that
     * comes after this call is counted and not written.
     *
     * @throws IOException if a record couldn't be written, now or before; the message is one line that names the file
     */
    @Override
    public synchronized void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            if (failure == null) {
                flush();
            }
        } catch (IOException e) {
            failure = e;
        }
        if (failure != null) {
            throw unwritable(path, failure);
        }
        failure = new IOException("closed");
    }
}
