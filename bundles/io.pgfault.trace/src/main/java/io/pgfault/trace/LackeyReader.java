// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.LackeyLine;
import java.io.IOException;

/**
 * Reads the memory accesses of a program as Valgrind's lackey tool traces them ({@code --trace-mem=yes}): lines {@code
 * I  addr,size}, {@code  L addr,size}, {@code  S addr,size}, {@code  M addr,size}. Every other line is skipped. Nothing
 * is allocated for a line. One thread at a time.
 */
public final class LackeyReader implements AccessSource {
    private static final int BUFFER_SIZE = 1 << 16;

    private final TraceFile file;
    private final LackeyLine current = new LackeyLine();
    // One byte more than is ever filled, for the line feed that a last line may lack.
    private final byte[] buffer = new byte[BUFFER_SIZE + 1];
    private int at;
    private int limit;
    private boolean end;
    private long line;
    private long accesses;

    /** Reads {@code file}, from its start, and closes it in the end. */
    public LackeyReader(TraceFile file) {
        this.file = file;
    }

    /**
     * Goes to the next access.
     *
     * @return false at the end
     * @throws UnreadableInput if the file ends without a single access, or its compressed data is damaged or cut
     */
    @Override
    public boolean next() throws UnreadableInput {
        while (require(LackeyLine.MAX_LENGTH)) {
            line++;
            if (current.parse(buffer, at)) {
                at = current.end() + 1;
                accesses++;
                return true;
            }
            skipLine();
        }
        if (file.cut()) {
            throw UnreadableInput.atLine(file.name(), line, "the gzip data ends early, the file is truncated");
        }
        if (accesses == 0) {
            throw UnreadableInput.atLine(
                    file.name(),
                    line,
                    "the file ends without one memory access of Valgrind's lackey (as \" L 1f00,8\")");
        }
        return false;
    }

    /** What the access needs: READ of {@code L} and {@code I}, WRITE of {@code S}, both of {@code M}. */
    @Override
    public int permissions() {
        return current.permissions();
    }

    /** Address of the first byte of the access. */
    @Override
    public long address() {
        return current.address();
    }

    /** Size of the access in bytes, at least 1. */
    @Override
    public int size() {
        return current.size();
    }

    /** The number of the line the access stands in, from 1. */
    @Override
    public long line() {
        return line;
    }

    /** How many accesses have been read so far. */
    @Override
    public long accesses() {
        return accesses;
    }

    /** The file's name. */
    @Override
    public String name() {
        return file.name();
    }

    /** Reads until the buffer holds {@code wanted} bytes or the last line; false if nothing is left. */
    private boolean require(int wanted) throws UnreadableInput {
        if (limit - at < wanted && !end) {
            System.arraycopy(buffer, at, buffer, 0, limit - at);
            limit -= at;
            at = 0;
            while (limit < wanted && !end) {
                int n = file.read(buffer, limit, BUFFER_SIZE - limit);
                if (n < 0) {
                    end = true;
                } else {
                    limit += n;
                }
            }
            buffer[limit] = '\n';
        }
        return at < limit;
    }

    private void skipLine() throws UnreadableInput {
        do {
            while (at < limit) {
                if (buffer[at++] == '\n') {
                    return;
                }
            }
        } while (require(1));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
