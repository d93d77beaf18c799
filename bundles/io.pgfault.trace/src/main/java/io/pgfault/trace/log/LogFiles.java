// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.log;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.internal.peel.TarStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of a directory or of an archive (tar, in any compression), such as a sos report. Symbolic links are
 * not followed, so that no directory is read twice. One thread at a time.
 */
public final class LogFiles {
    /** What a caller does with each file. */
    @FunctionalInterface
    @org.osgi.annotation.versioning.ConsumerType
    public interface Reader {
        /**
         * Reads one file. The file is closed afterwards.
         *
         * @throws IOException if the file can't be read
         */
        void read(TraceFile file) throws IOException;
    }

    private LogFiles() {}

    /** The regular files below a directory, in the order of their names. What may not be listed is passed over. */
    public static List<Path> below(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        return files;
    }

    /** Whether these first bytes are an archive's. */
    public static boolean isArchive(byte[] head) {
        return TarStream.isTar(head);
    }

    /**
     * Reads each regular file of an archive. The names are {@code archive!path}.
     *
     * @param archive the archive, from its start; it stays open
     * @param reader gets the files, one after the other
     * @throws IOException if the archive can't be read, or the reader fails
     */
    public static void each(TraceFile archive, Reader reader) throws IOException {
        TarStream tar = new TarStream(new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return archive.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                return length == 0 ? 0 : archive.read(bytes, from, length);
            }
        });
        while (tar.next()) {
            try (TraceFile file = TraceFile.of(archive.name() + "!" + tar.name(), tar.content())) {
                reader.read(file);
            }
        }
    }
}
