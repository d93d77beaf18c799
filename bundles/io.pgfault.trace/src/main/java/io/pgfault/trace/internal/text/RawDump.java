// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import io.pgfault.trace.RecordSource;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.LogTime;
import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.internal.recorded.KernelFault;
import io.pgfault.trace.internal.records.Outbox;
import io.pgfault.trace.internal.smmuv3.SmmuFields;
import io.pgfault.trace.internal.smmuv3.SmmuGrammar;
import io.pgfault.trace.recording.RecordedQueue;
import io.pgfault.trace.recording.RecordingReader;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Reads dumps of rings, and recordings. Slots that hold no record are passed over. */
public final class RawDump {
    /** What explains the records of all rings. */
    private static final LogGrammar GRAMMAR = new SmmuGrammar();

    private RawDump() {}

    /** Reads all records; {@code progress} runs now and then. Returns how many slots there were. */
    public static long read(RecordSource source, Consumer<LogRecord> sink, Runnable progress) throws UnreadableInput {
        while (source.next()) {
            RecordBuilder draft = draft(source.format(), source.record());
            if (draft != null) {
                sink.accept(Outbox.explained(draft.toRecord(source.records()), GRAMMAR));
            }
            if ((source.records() & 0xfff) == 0) {
                progress.run();
            }
        }
        return source.records();
    }

    /** Reads all records of a recording; {@code progress} runs now and then. Passes over what no kind here writes. */
    public static void read(RecordingReader source, Consumer<LogRecord> sink, Runnable progress)
            throws UnreadableInput {
        ByteBuffer converted = KernelFault.buffer();
        while (source.next()) {
            RecordedQueue queue = source.queue();
            RecordBuilder draft;
            if (KernelFault.isFormat(queue.format(), queue.recordSize())) {
                ByteBuffer request = KernelFault.toPageRequest(source.record(), converted);
                draft = pageRequest(request.getLong(0), request.getLong(8));
            } else {
                draft = queue.traceFormat()
                        .map(format -> draft(format, source.record()))
                        .orElse(null);
            }
            if (draft != null) {
                draft.text("unit", queue.unit());
                sink.accept(Outbox.explained(draft.toRecord(source.records()), GRAMMAR)
                        .at(Optional.of(time(source))));
            }
            if ((source.records() & 0xfff) == 0) {
                progress.run();
            }
        }
    }

    private static LogTime time(RecordingReader source) {
        Instant instant = source.start().plusNanos(source.nanos());
        long micros =
                TimeUnit.SECONDS.toMicros(instant.getEpochSecond()) + TimeUnit.NANOSECONDS.toMicros(instant.getNano());
        return new LogTime(
                LogTime.Clock.WALL,
                micros,
                instant.truncatedTo(ChronoUnit.MICROS).toString());
    }

    private static RecordBuilder draft(TraceFormat format, ByteBuffer record) {
        int at = record.position();
        long word0 = record.getLong(at);
        long word1 = record.getLong(at + 8);
        return switch (format) {
            case EVTQ ->
                word0 == 0 ? null : SmmuFields.ofEvent(word0, word1, record.getLong(at + 16), record.getLong(at + 24));
            case PRIQ -> SmmuFields.ofPageRequest(word0, word1);
            default ->
                PageRequestDescriptor.type(word0) == PageRequestDescriptor.TYPE
                        ? pageRequest(word0, word1)
                                .raw(TraceFormat.PRQ, word0, word1, record.getLong(at + 16), record.getLong(at + 24))
                        : null;
        };
    }

    private static RecordBuilder pageRequest(long word0, long word1) {
        int rid = PageRequestDescriptor.requesterId(word0);
        RecordBuilder draft = new RecordBuilder(RecordType.PRQ_REPORT)
                .recoverable(!PageRequestDescriptor.isStopMarker(word1))
                .hex("rid", rid)
                .function(rid);
        if (PageRequestDescriptor.pasidPresent(word0)) {
            draft.hex("pasid", PageRequestDescriptor.pasid(word0));
        }
        return draft.flag("read", PageRequestDescriptor.read(word1))
                .flag("write", PageRequestDescriptor.write(word1))
                .flag("exec", PageRequestDescriptor.executeRequested(word0))
                .flag("priv", PageRequestDescriptor.privilegedModeRequested(word0))
                .flag("last", PageRequestDescriptor.last(word1))
                .hex("prg_index", PageRequestDescriptor.prgIndex(word1))
                .hex("addr", PageRequestDescriptor.address(word1));
    }
}
