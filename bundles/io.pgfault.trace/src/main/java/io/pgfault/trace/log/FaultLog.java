// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.log;

import io.pgfault.trace.RecordFile;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.internal.peel.ProgramText;
import io.pgfault.trace.internal.text.LogText;
import io.pgfault.trace.internal.text.RawDump;
import io.pgfault.trace.recording.RecordingReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads what kernels and IOMMUs say about faults: logs with any timestamps and prefixes, the text of the kernel's
 * tracing, dumps of rings. A record has what is certain; a record that lacks something says so. One thread reads.
 */
public final class FaultLog {
    private final Consumer<LogRecord> sink;
    private final List<LogGrammar> grammars;
    private final List<UndecodedLine> undecoded = new ArrayList<>();
    private long undecodedCount;
    private long suppressed;

    /** Records go to {@code sink}, in the order of their first lines, on the reading thread. */
    public FaultLog(Consumer<LogRecord> sink) {
        this(sink, List.of());
    }

    /** A log that tries other grammars beside the built-in ones, see {@link #FaultLog(Consumer)}. */
    public FaultLog(Consumer<LogRecord> sink, List<LogGrammar> grammars) {
        this.sink = sink;
        this.grammars = List.copyOf(grammars);
    }

    /**
     * Reads a log or a trace to its end. A log without any fault is a log too.
     *
     * @param file the text, from its start; it stays open
     * @param progress runs now and then
     * @throws UnreadableInput if the file can't be read
     */
    public void readText(TraceFile file, Runnable progress) throws UnreadableInput {
        LogText text = new LogText(grammars, sink);
        text.read(file, progress);
        text.undecoded().lines().forEach(l -> undecoded.add(new UndecodedLine(l.line(), l.text(), l.reason())));
        suppressed += text.undecoded().missing();
        undecodedCount += text.undecoded().count();
    }

    /** Whether a file with these first bytes is the source of a program or a documentation, which tells of no fault. */
    public static boolean isSource(byte[] head) {
        return ProgramText.isSource(new String(head, StandardCharsets.UTF_8));
    }

    /** The first lines that look like an IOMMU's and gave no complete record. */
    public List<UndecodedLine> undecoded() {
        return List.copyOf(undecoded);
    }

    /** How many lines look like an IOMMU's and gave no complete record. */
    public long undecodedCount() {
        return undecodedCount;
    }

    /** How many messages of IOMMUs' drivers the kernel says that it left out, because too many came at a time. */
    public long suppressed() {
        return suppressed;
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

    /**
     * Reads a recording to its last whole record. Each record has the time when the hardware wrote it, and the field
     * {@code unit}.
     *
     * @param file the recording, from its start; it stays open
     * @param progress runs now and then
     * @return whether the recording broke off
     * @throws UnreadableInput if the file can't be read, or is no recording
     */
    public boolean readRecording(TraceFile file, Runnable progress) throws UnreadableInput {
        RecordingReader source = new RecordingReader(file);
        RawDump.read(source, sink, progress);
        return source.truncated();
    }
}
