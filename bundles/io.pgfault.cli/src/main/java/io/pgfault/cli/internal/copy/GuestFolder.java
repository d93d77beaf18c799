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
    private static final long PAGE = 4096;

    /** The guest's allocator keeps some frames beside the budget; a sparse file costs nothing for them. */
    private static final long SPARE = 4096 * PAGE;

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
     * @param pages the budget of the guest, in pages of 4 KiB
     */
    void makeMemory(Path file, long pages) throws IOException {
        try (RandomAccessFile memory = new RandomAccessFile(file.toFile(), "rw")) {
            memory.setLength(pages * PAGE + SPARE);
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
