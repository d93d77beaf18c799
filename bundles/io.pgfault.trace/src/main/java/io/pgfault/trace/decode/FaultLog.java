// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import io.pgfault.trace.RecordFile;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.internal.decode.LogText;
import io.pgfault.trace.internal.decode.RawDump;
import java.util.function.Consumer;

/**
 * Reads what kernels and IOMMUs say about faults: logs with any timestamps and prefixes, the text of the kernel's tracing,
 * dumps of rings. What is no fault is passed over. Decoded is what is certain; a record that lacks something says so.
 */
public final class FaultLog {
    private final Consumer<LogRecord> sink;

    /** Records go to {@code sink}, in the order of their first lines, on the reading thread. */
    public FaultLog(Consumer<LogRecord> sink) {
        this.sink = sink;
    }

    /**
     * Reads a log or a trace to its end. A log without any fault is a log too.
     *
     * @param file the text, from its start; it stays open
     * @param progress runs now and then
     * @throws UnreadableInput if the file can't be read
     */
    public void readText(TraceFile file, Runnable progress) throws UnreadableInput {
        new LogText(sink).read(file, progress);
    }

    /**
     * Reads a dump of a ring to its last whole record.
     *
     * @param file the dump, from its start; it stays open
     * @param format a {@linkplain TraceFormat#raw raw} one
     * @param progress runs now and then
     * @return whether the dump broke off within a record
     * @throws UnreadableInput if the file can't be read, or holds no record of the format
     */
    public boolean readDump(TraceFile file, TraceFormat format, Runnable progress) throws UnreadableInput {
        RecordFile source = new RecordFile(file, format);
        RawDump.read(source, sink, progress);
        return source.truncated();
    }
}
