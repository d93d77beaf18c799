// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.AccessCode;
import java.io.IOException;

/**
 * Reads a file of accesses in the compact binary form that {@link AccessFileWriter} writes. Nothing is allocated for an
 * access.
 */
public final class AccessFileReader implements AccessSource {
    private static final int BUFFER_SIZE = 1 << 16;

    private final TraceFile file;
    private final byte[] buffer = new byte[BUFFER_SIZE + AccessCode.MAX_LENGTH];
    private final long[] last = new long[AccessCode.STREAMS];
    private int at;
    private int limit;
    private boolean begun;
    private boolean end;
    private int permissions;
    private long address;
    private int size;
    private long accesses;

    /** Reads {@code file}, from its start, and closes it in the end. */
    public AccessFileReader(TraceFile file) {
        this.file = file;
    }

    @Override
    public boolean next() throws UnreadableInput {
        if (limit - at < AccessCode.MAX_LENGTH) {
            fill();
        }
        if (!begun) {
            begin();
        }
        int tag = buffer[at];
        int stream = tag & AccessCode.STREAM_MASK;
        if (stream == 0 || at >= limit) {
            return finish(tag);
        }
        int bytes = AccessCode.deltaBytes(tag);
        long zigzag = AccessCode.read(buffer, at + 1, bytes);
        int code = (tag >> AccessCode.SIZE_SHIFT) & AccessCode.SIZE_MASK;
        int next = at + 1 + bytes;
        if (code == AccessCode.SIZE_FOLLOWS) {
            size = (int) AccessCode.read(buffer, next, Integer.BYTES);
            next += Integer.BYTES;
        } else {
            size = 1 << code;
        }
        if (next > limit) {
            throw damaged("the file ends within an access, it is truncated");
        }
        if (size < 1) {
            throw damaged("an access of " + size + " bytes");
        }
        at = next;
        permissions = stream;
        address = last[stream] + ((zigzag >>> 1) ^ -(zigzag & 1));
        last[stream] = address;
        accesses++;
        return true;
    }

    private void begin() throws UnreadableInput {
        if (limit < AccessCode.HEADER.length || !AccessCode.isHeader(buffer)) {
            throw UnreadableInput.of(file.name(), "doesn't begin as an iopf file of version 1");
        }
        at = AccessCode.HEADER.length;
        begun = true;
    }

    private boolean finish(int tag) throws UnreadableInput {
        if (at >= limit || tag != AccessCode.END || limit - at < 1 + Long.BYTES) {
            throw damaged("the file ends before its end mark, it is truncated");
        }
        long written = AccessCode.read(buffer, at + 1, Long.BYTES);
        if (written != accesses) {
            throw damaged("the end mark says %d accesses, the file has %d".formatted(written, accesses));
        }
        if (accesses == 0) {
            throw UnreadableInput.of(file.name(), "holds no access");
        }
        return false;
    }

    private UnreadableInput damaged(String problem) {
        return UnreadableInput.atOffset(file.name(), file.offset() - (limit - at), problem);
    }

    private void fill() throws UnreadableInput {
        System.arraycopy(buffer, at, buffer, 0, limit - at);
        limit -= at;
        at = 0;
        while (!end && limit < BUFFER_SIZE) {
            int n = file.read(buffer, limit, BUFFER_SIZE - limit);
            if (n < 0) {
                end = true;
            } else {
                limit += n;
            }
        }
    }

    @Override
    public int permissions() {
        return permissions;
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public int size() {
        return size;
    }

    /** The number of the access: the form has no lines. */
    @Override
    public long line() {
        return accesses;
    }

    @Override
    public long accesses() {
        return accesses;
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
