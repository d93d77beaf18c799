// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.recording;

import io.pgfault.api.bus.RequestTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.trace.internal.recorded.OutputFile;
import io.pgfault.trace.internal.recorded.RecordingCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Writes what the hardware of units wrote to its queues, valid or not, with its time:
 *
 * <pre>
 * file    "IOPF" 01 01 00 00, start (8), then queues and records, then the end mark
 * start   nanoseconds since 1970-01-01 00:00 UTC
 * queue   FF, number of the queue (1: 00 to FD), bytes of a record (2), unit, kind, format
 *         unit, kind and format are each a length (1) and as many bytes of UTF-8
 * record  number of its queue (1), length of the time (1: 0 to 8), time (that many), the record
 * time    nanoseconds since the record before, or since the start
 * end     FE, the number of records (8)
 * </pre>
 *
 * <p>The number in parentheses is the size in bytes. Numbers are little-endian. A queue stands before its first record.
 * A file without its end mark is truncated. A record of 32 bytes takes about 37.
 *
 * <p>Any thread calls any method. Taps of several units write to one file, in the order of their calls. A failure to
 * write never reaches a unit: {@link #flush} and {@link #close} throw it.
 */
public final class RecordingWriter implements AutoCloseable {
    private static final int BUFFER_SIZE = 1 << 17;

    private final OutputFile file;
    private final LongSupplier clock;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final List<RecordedQueue> queues = new ArrayList<>();
    /** The time of the last record, or of the start. Guarded by this writer's monitor, as all fields below. */
    private long last;

    private long records;
    private IOException failure;
    private boolean closed;

    private RecordingWriter(OutputFile file, LongSupplier clock, Instant start) {
        this.file = file;
        this.clock = clock;
        this.last = clock.getAsLong();
        buffer.put(RecordingCode.mark()).putLong(TimeUnit.SECONDS.toNanos(start.getEpochSecond()) + start.getNano());
    }

    /**
     * Makes the file, or empties an existing file.
     *
     * @throws IOException if that isn't possible; the message is one line that names the file
     */
    public static RecordingWriter create(Path path) throws IOException {
        return create(path, System::nanoTime, Instant.now());
    }

    /** Creates a recording whose times come from a clock of nanoseconds, see {@link #create(Path)}. */
    static RecordingWriter create(Path path, LongSupplier clock, Instant start) throws IOException {
        return new RecordingWriter(OutputFile.create(path), clock, start);
    }

    /** A tap that writes the records of a unit; for {@link Unit#tapRequests}. */
    public RequestTap tap(Unit unit) {
        return new UnitTap(unit.name(), unit.kind());
    }

    /** How many records have been written. */
    public synchronized long records() {
        return records;
    }

    private synchronized void write(RecordedQueue queue, int number, ByteBuffer record) {
        if (failure != null || closed) {
            return;
        }
        long now = clock.getAsLong();
        long time = Math.max(0, now - last);
        last = now;
        int length = RecordingCode.length(time);
        try {
            room(RecordingCode.RECORD_PREFIX + queue.recordSize());
            buffer.put((byte) number).put((byte) length);
            for (int i = 0; i < length; i++) {
                buffer.put((byte) (time >>> (i * Byte.SIZE)));
            }
            buffer.put(buffer.position(), record, record.position(), queue.recordSize());
            buffer.position(buffer.position() + queue.recordSize());
            records++;
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Returns the queue's number, and describes the queue if it is new. */
    private synchronized int number(RecordedQueue queue) {
        int known = queues.indexOf(queue);
        if (known >= 0 || failure != null) {
            return Math.max(known, 0);
        }
        if (queues.size() == RecordingCode.QUEUES) {
            failure = file.unwritable(new IOException("a recording takes " + RecordingCode.QUEUES + " queues"));
            return 0;
        }
        queues.add(queue);
        try {
            room(RecordingCode.LARGEST_QUEUE);
            buffer.put((byte) RecordingCode.QUEUE)
                    .put((byte) (queues.size() - 1))
                    .putShort((short) queue.recordSize());
            put(queue.unit());
            put(queue.kind());
            put(queue.format());
        } catch (IOException e) {
            failure = e;
        }
        return queues.size() - 1;
    }

    private void put(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, RecordingCode.LONGEST_NAME);
        buffer.put((byte) length).put(bytes, 0, length);
    }

    private void room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            file.write(buffer);
        }
    }

    /**
     * Gives the file what has been written so far, for a process that may be killed.
     *
     * @throws IOException if the file can't be written, now or before; the message is one line that names the file
     */
    public synchronized void flush() throws IOException {
        if (closed) {
            return;
        }
        if (failure != null) {
            throw failure;
        }
        try {
            file.write(buffer);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /**
     * Writes the end mark and closes the file. Idempotent. A record that comes after this call is lost.
     *
     * @throws IOException if the file can't be written, now or before; the message is one line that names the file
     */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        try (file) {
            flush();
            buffer.put((byte) RecordingCode.END).putLong(records);
            flush();
        } finally {
            closed = true;
        }
    }

    /** The tap of one unit. The unit makes one call at a time for each queue. */
    private final class UnitTap implements RequestTap {
        private final String unit;
        private final String kind;
        /** The unit's queues and their numbers in the file, replaced as a whole under the monitor of this tap. */
        private volatile Numbered[] known = {};

        UnitTap(String unit, String kind) {
            this.unit = unit;
            this.kind = kind;
        }

        @Override
        public void written(String format, ByteBuffer record) {
            for (Numbered one : known) {
                if (one.queue.format().equals(format) && one.queue.recordSize() == record.remaining()) {
                    write(one.queue, one.number, record);
                    return;
                }
            }
            Numbered added = add(new RecordedQueue(unit, kind, format, record.remaining()));
            write(added.queue, added.number, record);
        }

        private synchronized Numbered add(RecordedQueue queue) {
            Numbered added = new Numbered(queue, number(queue));
            Numbered[] more = Arrays.copyOf(known, known.length + 1);
            more[known.length] = added;
            known = more;
            return added;
        }
    }

    private record Numbered(RecordedQueue queue, int number) {}
}
