// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * A file that threads read and write at positions. Any thread, several at a time.
 *
 * <p>The channel is an asynchronous one whose tasks the calling thread runs at once. An interrupt closes every other
 * kind of channel, and the core interrupts a thread that resolves faults when the thread's handler leaves.
 */
public final class OpenFile implements AutoCloseable {
    private final AsynchronousFileChannel channel;

    /**
     * Opens a file.
     *
     * @param writable for reading and writing; else for reading only
     */
    public OpenFile(Path path, boolean writable) throws IOException {
        Set<OpenOption> options =
                writable ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE) : Set.of(StandardOpenOption.READ);
        this.channel = AsynchronousFileChannel.open(path, options, new CallerRuns());
    }

    /** Size of the file in bytes. */
    public long size() throws IOException {
        return channel.size();
    }

    /** Reads until {@code to} is full or the file ends; returns how many bytes were read. */
    public int read(ByteBuffer to, long at) throws IOException {
        int start = to.position();
        while (to.hasRemaining() && result(channel.read(to, at + to.position() - start)) > 0) {
            // A channel may read less than there is room for.
        }
        return to.position() - start;
    }

    /** Writes all of {@code from}. */
    public void write(ByteBuffer from, long at) throws IOException {
        int start = from.position();
        while (from.hasRemaining()) {
            result(channel.write(from, at + from.position() - start));
        }
    }

    /** The result of a transfer. An interrupt of the calling thread stays set and does not end the transfer. */
    private static int result(Future<Integer> done) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return done.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IOException(e.getCause().getMessage(), e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
