// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.recorded;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is written front to end. The message of each exception is one line that names the file. One thread. */
public final class OutputFile implements Closeable {
    private final Path path;
    private final FileChannel channel;

    private OutputFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Makes the file, or empties an existing file. */
    public static OutputFile create(Path path) throws IOException {
        try {
            return new OutputFile(
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

    /** Writes all that has been put into {@code buffer}, and clears the buffer. */
    public void write(ByteBuffer buffer) throws IOException {
        buffer.flip();
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw unwritable(path, e);
        } finally {
            buffer.clear();
        }
    }

    /** Whether {@link #close} hasn't been called. */
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** An exception that says why the file can't be written. */
    public IOException unwritable(IOException e) {
        return unwritable(path, e);
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
    public void close() throws IOException {
        try {
            channel.close();
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }
}
