// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.Lines;
import io.pgfault.trace.internal.PrqReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The {@code prq_report} events of a kernel trace (kernel: {@code trace/events/intel_iommu.h}), turned back into the
 * page request descriptors they were printed from:
 *
 * <pre>
 * prq_report: dmar0/0000:00:0a.0 seq# 1: rid=0x50 addr=0x559ef6f97 r---- pasid=0x2 index=0x1
 * </pre>
 *
 * The reader ignores text before {@code prq_report:} and every line without that word. The letters are read, write,
 * execute, privileged, last; {@code addr} is the page frame number. The event doesn't print whether the request had a
 * PASID: 0 is taken for none, because the kernel gives PASID 0 to no process.
 */
public final class PrqReportReader implements RecordSource {
    private static final String EVENT = "prq_report:";

    private final TraceFile file;
    private final Lines lines;
    private final PrqReport report = new PrqReport();
    private final ByteBuffer record =
            ByteBuffer.allocate(TraceFormat.PRQ.recordSize()).order(ByteOrder.LITTLE_ENDIAN);
    private long records;
    private long trailing;

    /** Reads {@code file}, from its start, and closes it in the end. */
    public PrqReportReader(TraceFile file) {
        this.file = file;
        this.lines = new Lines(file);
    }

    @Override
    public String name() {
        return file.name();
    }

    /** Returns {@link TraceFormat#PRQ}, the format of the records. */
    @Override
    public TraceFormat format() {
        return TraceFormat.PRQ;
    }

    @Override
    public boolean next() throws UnreadableInput {
        while (lines.next()) {
            String text = lines.text();
            int event = text.indexOf(EVENT);
            if (event < 0) {
                continue;
            }
            if (report.encode(text.substring(event + EVENT.length()), record)) {
                records++;
                return true;
            }
            if (lines.ended()) {
                throw UnreadableInput.atLine(
                        name(), lines.number(), "not a whole prq_report event: \"" + text.strip() + "\"");
            }
            trailing = lines.length();
        }
        if (records == 0) {
            throw UnreadableInput.atLine(name(), lines.number(), "the file ends without one prq_report event");
        }
        return false;
    }

    @Override
    public ByteBuffer record() {
        return record;
    }

    @Override
    public long records() {
        return records;
    }

    /** True also if the last line breaks off within an event. */
    @Override
    public boolean found() {
        return records() > 0;
    }

    @Override
    public boolean truncated() {
        return trailing > 0 || file.cut();
    }

    @Override
    public long trailingBytes() {
        return trailing;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
