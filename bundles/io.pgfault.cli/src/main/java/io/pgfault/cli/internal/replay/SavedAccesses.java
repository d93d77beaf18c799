// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.trace.AccessFileWriter;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.UnreadableInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/** The file of {@code --save}: takes each access that is read. One thread. */
final class SavedAccesses implements AutoCloseable {
    /** Null if there is no such file. */
    private final AccessFileWriter writer;

    private SavedAccesses(AccessFileWriter writer) {
        this.writer = writer;
    }

    /**
     * Makes the file.
     *
     * @throws BadInput if the file can't be written
     */
    static SavedAccesses to(Optional<Path> file) throws IOException {
        if (file.isEmpty()) {
            return new SavedAccesses(null);
        }
        try {
            return new SavedAccesses(AccessFileWriter.create(file.get()));
        } catch (IOException e) {
            throw new BadInput("--save " + file.get() + ": can't be written: " + e.getMessage(), e);
        }
    }

    /** Returns a source that gives the accesses of {@code source} and writes each of them. */
    AccessSource saving(AccessSource source) {
        return writer == null ? source : new Saving(source, writer);
    }

    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.close();
        }
    }

    private record Saving(AccessSource source, AccessFileWriter writer) implements AccessSource {
        @Override
        public boolean next() throws UnreadableInput {
            if (!source.next()) {
                return false;
            }
            try {
                writer.write(source.permissions(), source.address(), source.size());
            } catch (IOException e) {
                throw new UncheckedIOException("the accesses can't be saved: " + e.getMessage(), e);
            }
            return true;
        }

        @Override
        public int permissions() {
            return source.permissions();
        }

        @Override
        public long address() {
            return source.address();
        }

        @Override
        public int size() {
            return source.size();
        }

        @Override
        public long line() {
            return source.line();
        }

        @Override
        public long accesses() {
            return source.accesses();
        }

        @Override
        public String name() {
            return source.name();
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }
}
