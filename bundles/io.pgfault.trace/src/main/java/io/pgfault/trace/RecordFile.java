// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.RecordFields;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A dump of a hardware queue: records back to back, exactly as in the ring. A dump that breaks off is read up to its
 * last whole record. Single records may be damaged, so the reader refuses a file of another format
 * at the end of the file only: a {@code prq} file needs one descriptor of type 1, an {@code evtq} file one event of the
 * architecture.
 */
public final class RecordFile implements RecordSource {
    // Whole records of each size.
    private static final int BUFFER_SIZE = 1 << 16;

    private final TraceFile file;
    private final TraceFormat format;
    private final RecordFields fields;
    private final ByteBuffer block = ByteBuffer.allocate(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private int filled;
    private int at;
    private boolean end;
    private long records;
    private long faults;

    /**
     * Reads {@code file}, from its start, and closes it in the end.
     *
     * @throws IllegalArgumentException unless the format is a {@linkplain TraceFormat#raw raw} one
     */
    public RecordFile(TraceFile file, TraceFormat format) {
        this.file = file;
        this.format = format;
        this.fields = RecordFields.of(format);
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public TraceFormat format() {
        return format;
    }

    @Override
    public boolean next() throws UnreadableInput {
        int size = format.recordSize();
        if (filled - at < size) {
            fill(size);
        }
        if (filled - at < size) {
            check();
            return false;
        }
        block.limit(at + size).position(at);
        at += size;
        records++;
        if (fields.isFault(block)) {
            faults++;
        }
        return true;
    }

    private void fill(int wanted) throws UnreadableInput {
        byte[] bytes = block.array();
        System.arraycopy(bytes, at, bytes, 0, filled - at);
        filled -= at;
        at = 0;
        while (filled < wanted && !end) {
            int n = file.read(bytes, filled, bytes.length - filled);
            if (n < 0) {
                end = true;
            } else {
                filled += n;
            }
        }
    }

    private void check() throws UnreadableInput {
        if (records == 0) {
            throw UnreadableInput.atOffset(
                    name(),
                    file.offset(),
                    "the file ends before the first %s record of %d bytes"
                            .formatted(format.cliName(), format.recordSize()));
        }
        if (faults == 0) {
            throw UnreadableInput.atOffset(
                    name(),
                    file.offset(),
                    "the file ends without one %s record: none of %d is %s"
                            .formatted(format.cliName(), records, fields.description()));
        }
    }

    @Override
    public ByteBuffer record() {
        return block;
    }

    @Override
    public long records() {
        return records;
    }

    @Override
    public boolean found() {
        return faults > 0;
    }

    @Override
    public boolean truncated() {
        return trailingBytes() > 0 || file.cut();
    }

    @Override
    public long trailingBytes() {
        return end ? filled - at : 0;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
