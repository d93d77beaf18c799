// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import java.io.Closeable;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/** Recorded faults, one raw record after the other, exactly as a ring takes them. One thread at a time. */
@ProviderType
public sealed interface RecordSource extends Closeable permits RecordFile, PrqReportReader, EventLogReader {
    /**
     * Reads the records of a file. Closing the source closes the file.
     *
     * @throws UnreadableInput if the format is not one of recorded faults that can be replayed
     */
    static RecordSource open(TraceFile file, TraceFormat format) throws UnreadableInput {
        return switch (format) {
            case PRQ, EVTQ, PRIQ -> new RecordFile(file, format);
            case FTRACE -> new PrqReportReader(file);
            case DMESG -> new EventLogReader(file);
            case RECORDING ->
                throw UnreadableInput.of(
                        file.name(), "a recording holds the records of several rings; RecordingReader reads it");
            case LACKEY, FAULTS, ADDRESSES, IOPF ->
                throw UnreadableInput.of(
                        file.name(),
                        (format == TraceFormat.LACKEY || format == TraceFormat.FAULTS ? "a " : "an ") + format.cliName()
                                + " file holds no records for a ring; these do: prq, evtq, priq, ftrace, dmesg");
        };
    }

    /** The file's name. */
    String name();

    /** The format of the records: one of the {@linkplain TraceFormat#raw raw} ones. */
    TraceFormat format();

    /**
     * Goes to the next whole record.
     *
     * @return false at the end
     * @throws UnreadableInput if the file ends without one record of its format, or is damaged; the message names the
     *     file and the offset or line
     */
    boolean next() throws UnreadableInput;

    /**
     * The current record, position to limit, little-endian. The same buffer for every record: valid until the next
     * {@link #next}, and not to be moved.
     */
    ByteBuffer record();

    /** How many whole records have been read so far. */
    long records();

    /** Whether one of the records read so far is a fault of the format; a file without any is unreadable at its end. */
    boolean found();

    /** Whether the file broke off within a record or within its compressed data; known at the end. */
    boolean truncated();

    /** How many bytes after the last whole record the file has; known at the end. */
    long trailingBytes();

    /** How many records began and lacked a part, and were left out; known at the end. Text alone has such. */
    default long incomplete() {
        return 0;
    }
}
