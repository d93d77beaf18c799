// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder where host and guest meet, from the construction to {@link #close}. One thread. */
final class GuestFolder implements AutoCloseable {
    private final Path path;

    GuestFolder() throws IOException {
        this.path = Files.createTempDirectory("iopf-guest");
    }

    Path path() {
        return path;
    }

    /**
     * Makes the file that is the guest's memory, sparse.
     *
     * @param bytes how long the file is
     */
    void makeMemory(Path file, long bytes) throws IOException {
        try (RandomAccessFile memory = new RandomAccessFile(file.toFile(), "rw")) {
            memory.setLength(bytes);
        }
    }

    /** Deletes the folder. */
    @Override
    public void close() throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(path)) {
            files = listed.toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
        Files.delete(path);
    }
}
