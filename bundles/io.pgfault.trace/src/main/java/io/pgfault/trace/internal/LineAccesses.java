// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.trace.AccessSource;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import java.io.Closeable;
import java.io.IOException;

/** Accesses that stand in the lines of a text, at most one in each. One thread at a time. */
public final class LineAccesses implements Closeable {
    /** Reads one line, and {@linkplain #take takes} its access. */
    @FunctionalInterface
    public interface Parser {
        /**
         * Reads a line.
         *
         * @return false if the line has no access
         * @throws UnreadableInput if no such text has this line
         */
        boolean read(String line) throws UnreadableInput;
    }

    private final TraceFile file;
    private final Lines lines;
    private final String wanted;
    private int permissions;
    private long address;
    private long accesses;

    /**
     * Reads {@code file}, from its start, and closes it in the end.
     *
     * @param wanted what a file without any access lacks, for the message
     */
    public LineAccesses(TraceFile file, String wanted) {
        this.file = file;
        this.lines = new Lines(file);
        this.wanted = wanted;
    }

    /** Takes the access of the current line; returns true. */
    public boolean take(long at, int needs) {
        address = at;
        permissions = needs;
        return true;
    }

    /** See {@link AccessSource#next}. */
    public boolean next(Parser parser) throws UnreadableInput {
        while (lines.next()) {
            if (parser.read(lines.text())) {
                accesses++;
                return true;
            }
        }
        if (file.cut()) {
            throw UnreadableInput.atLine(
                    file.name(), lines.number(), "the gzip data ends early, the file is truncated");
        }
        if (accesses == 0) {
            throw UnreadableInput.atLine(file.name(), lines.number(), "the file ends without one " + wanted);
        }
        return false;
    }

    public int permissions() {
        return permissions;
    }

    public long address() {
        return address;
    }

    public long line() {
        return lines.number();
    }

    public long accesses() {
        return accesses;
    }

    public String name() {
        return file.name();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
