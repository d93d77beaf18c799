// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.recording;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.internal.recorded.RecordingCode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a recording; {@link RecordingWriter} describes its form. A recording that breaks off is read up to its last
 * whole record. One thread at a time.
 */
public final class RecordingReader implements Closeable {
    /** More than twice the largest record with what stands before it. */
    private static final int BUFFER_SIZE = 1 << 18;

    private final TraceFile file;
    private final ByteBuffer block = ByteBuffer.allocate(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final List<RecordedQueue> queues = new ArrayList<>();
    /** The bytes of {@link #block} from {@code at} to {@code filled} are not read yet. */
    private int at;

    private int filled;
    private boolean begun;
    private boolean end;
    private boolean complete;
    private Instant start = Instant.EPOCH;
    private RecordedQueue queue;
    private long nanos;
    private long records;

    /** Reads {@code file}, from its start, and closes it in the end. */
    public RecordingReader(TraceFile file) {
        this.file = file;
    }

    /** The file's name. */
    public String name() {
        return file.name();
    }

    /**
     * Goes to the next whole record.
     *
     * @return false at the end
     * @throws UnreadableInput if the file is no recording, of another version, or damaged
     */
    public boolean next() throws UnreadableInput {
        if (BUFFER_SIZE - at < BUFFER_SIZE / 2) {
            byte[] bytes = block.array();
            System.arraycopy(bytes, at, bytes, 0, filled - at);
            filled -= at;
            at = 0;
        }
        block.clear();
        if (!begun) {
            begin();
        }
        while (!complete && has(1)) {
            int first = block.get(at) & 0xff;
            if (first == RecordingCode.END) {
                return finish();
            }
            if (first != RecordingCode.QUEUE) {
                return record(first);
            }
            if (!readQueue()) {
                return false;
            }
        }
        return false;
    }

    private void begin() throws UnreadableInput {
        if (!has(RecordingCode.HEADER_SIZE) || !RecordingCode.isRecording(block.array())) {
            throw UnreadableInput.of(name(), "is no recording: it doesn't begin as one, or ends at once");
        }
        int version = block.get(RecordingCode.VERSION_AT);
        if (version != RecordingCode.VERSION) {
            throw UnreadableInput.of(
                    name(),
                    "is a recording of version %d, and this iopf reads version %d"
                            .formatted(version, RecordingCode.VERSION));
        }
        long nanosOfStart = block.getLong(RecordingCode.HEADER_SIZE - Long.BYTES);
        start = Instant.EPOCH.plusNanos(nanosOfStart);
        at = RecordingCode.HEADER_SIZE;
        begun = true;
    }

    private boolean readQueue() throws UnreadableInput {
        int next = at + 4;
        String[] names = new String[3];
        for (int i = 0; i < names.length; i++) {
            if (!has(next - at + 1)) {
                return false;
            }
            int length = block.get(next) & 0xff;
            if (!has(next - at + 1 + length)) {
                return false;
            }
            names[i] = new String(block.array(), next + 1, length, StandardCharsets.UTF_8);
            next += 1 + length;
        }
        int number = block.get(at + 1) & 0xff;
        int size = block.getShort(at + 2) & 0xffff;
        if (number != queues.size() || size == 0) {
            throw damaged("queue %d of records of %d bytes".formatted(number, size));
        }
        if (queues.size() == RecordingCode.QUEUES) {
            throw damaged("more than %d queues".formatted(RecordingCode.QUEUES));
        }
        queues.add(new RecordedQueue(names[0], names[1], names[2], size));
        at = next;
        return true;
    }

    private boolean record(int number) throws UnreadableInput {
        if (number >= queues.size()) {
            throw damaged("a record of queue %d, which the file doesn't describe".formatted(number));
        }
        if (!has(2)) {
            return false;
        }
        int length = block.get(at + 1);
        if (length < 0 || length > Long.BYTES) {
            throw damaged("a time of %d bytes".formatted(length & 0xff));
        }
        RecordedQueue of = queues.get(number);
        if (!has(2 + length + of.recordSize())) {
            return false;
        }
        long time = 0;
        for (int i = 0; i < length; i++) {
            time |= (block.get(at + 2 + i) & 0xffL) << (i * Byte.SIZE);
        }
        if (time < 0 || nanos + time < 0) {
            throw damaged("a time of more than 292 years");
        }
        nanos += time;
        queue = of;
        int from = at + 2 + length;
        at = from + of.recordSize();
        block.limit(at).position(from);
        records++;
        return true;
    }

    private boolean finish() throws UnreadableInput {
        if (!has(RecordingCode.END_SIZE)) {
            return false;
        }
        long written = block.getLong(at + 1);
        if (written != records) {
            throw damaged("the end mark says %d records, the file has %d".formatted(written, records));
        }
        at += RecordingCode.END_SIZE;
        if (has(1)) {
            throw damaged("bytes after the end mark");
        }
        complete = true;
        return false;
    }

    /** Whether so many bytes stand at {@code at}; reads on if necessary. */
    private boolean has(int bytes) throws UnreadableInput {
        while (filled - at < bytes && !end) {
            int n = file.read(block.array(), filled, BUFFER_SIZE - filled);
            if (n < 0) {
                end = true;
            } else {
                filled += n;
            }
        }
        return filled - at >= bytes;
    }

    private UnreadableInput damaged(String what) {
        return UnreadableInput.atOffset(name(), file.offset() - (filled - at), what + ", the file is damaged");
    }

    /** The queue of the current record. */
    public RecordedQueue queue() {
        return queue;
    }

    /** The queues that the file has described so far. */
    public List<RecordedQueue> queues() {
        return List.copyOf(queues);
    }

    /** When the recording began. */
    public Instant start() {
        return start;
    }

    /** When the hardware wrote the current record, in nanoseconds since {@link #start}. */
    public long nanos() {
        return nanos;
    }

    /**
     * The current record, position to limit, little-endian. The same buffer for every record: valid until the next
     * {@link #next}, and not to be moved.
     */
    public ByteBuffer record() {
        return block;
    }

    /** How many whole records have been read so far. */
    public long records() {
        return records;
    }

    /** Whether the file broke off before its end mark; known at the end. */
    public boolean truncated() {
        return !complete;
    }

    /** How many bytes after the last whole record the file has; known at the end of a truncated file. */
    public long trailingBytes() {
        return (long) filled - at;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
