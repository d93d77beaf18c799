// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import io.pgfault.cli.internal.console.BadInput;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A folder where host and guest meet, from the construction to {@link #close}. One thread. */
final class GuestFolder implements AutoCloseable {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12}) *([kmg]ib)?");
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
     * @param frames a number of pages, or bytes with a unit
     */
    void makeMemory(Path file, String frames) throws IOException {
        Matcher m = SIZE.matcher(frames.toLowerCase(Locale.ROOT));
        if (!m.matches()) {
            throw new BadInput("--frames " + frames + ": not a number of pages, nor bytes such as 256MiB");
        }
        long number = Long.parseLong(m.group(1));
        long bytes = m.group(2) == null
                ? number * PAGE
                : number << (10 * (1 + "kmg".indexOf(m.group(2).charAt(0))));
        try (RandomAccessFile memory = new RandomAccessFile(file.toFile(), "rw")) {
            memory.setLength((bytes & -PAGE) + SPARE);
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
