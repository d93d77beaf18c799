// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.trace.internal.recorded.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Writes the response records that a unit's hardware consumes to a file, back to back, in the order of consumption, and
 * counts them by code. A failure to write never reaches the unit: it is kept, and thrown by {@link #close}.
 */
public final class ResponseFile implements ResponseTap, AutoCloseable {
    private static final int BUFFER_SIZE = 1 << 16;

    private final OutputFile file;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE);
    private final long[] counts = new long[ResponseCode.values().length];
    private IOException failure;

    private ResponseFile(OutputFile file) {
        this.file = file;
    }

    /**
     * Makes the file, or empties an existing file.
     *
     * @throws IOException if that isn't possible; the message is one line that names the file
     */
    public static ResponseFile create(Path path) throws IOException {
        return new ResponseFile(OutputFile.create(path));
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
                file.write(buffer);
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

    /**
     * Writes what is buffered and closes the file. Idempotent. The owner closes the tap first: a record that
     * comes after this call is counted and not written.
     *
     * @throws IOException if a record couldn't be written, now or before; the message is one line that names the file
     */
    @Override
    public synchronized void close() throws IOException {
        if (!file.isOpen()) {
            return;
        }
        try (file) {
            if (failure != null) {
                throw failure;
            }
            file.write(buffer);
        } finally {
            failure = new IOException("closed");
        }
    }
}
