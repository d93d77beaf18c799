// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.Lines;
import io.pgfault.trace.internal.LoggedEvents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The raw events that the SMMUv3 driver prints to the kernel's log (kernel: {@code arm-smmu-v3.c}), turned back into
 * the event records they were printed from:
 *
 * <pre>
 * [  173.183547] arm-smmu-v3 arm-smmu-v3.1.auto: event 0x10 received:
 * [  173.191862] arm-smmu-v3 arm-smmu-v3.1.auto:  0x00007d0000000010
 * [  173.200551] arm-smmu-v3 arm-smmu-v3.1.auto:  0x0000020980000080
 * [  173.209235] arm-smmu-v3 arm-smmu-v3.1.auto:  0x00000000f47cf000
 * [  173.217918] arm-smmu-v3 arm-smmu-v3.1.auto:  0x00000000f47cf000
 * </pre>
 *
 * Of the text before a message the reader uses the last word only: the name of the unit, by which the reader tells
 * apart the events of units that print at the same time. The reader skips every other line. A log has gaps: an event
 * without its four words is left out and counted by {@link #incomplete}.
 */
public final class EventLogReader implements RecordSource {
    private final TraceFile file;
    private final Lines lines;
    private final LoggedEvents events = new LoggedEvents();
    private final ByteBuffer record =
            ByteBuffer.allocate(TraceFormat.EVTQ.recordSize()).order(ByteOrder.LITTLE_ENDIAN);
    private long records;

    /** Reads {@code file}, from its start, and closes it in the end. */
    public EventLogReader(TraceFile file) {
        this.file = file;
        this.lines = new Lines(file);
    }

    @Override
    public String name() {
        return file.name();
    }

    /** Returns {@link TraceFormat#EVTQ}, the format of the records. */
    @Override
    public TraceFormat format() {
        return TraceFormat.EVTQ;
    }

    @Override
    public boolean next() throws UnreadableInput {
        while (lines.next()) {
            if (events.read(lines.text(), record)) {
                records++;
                return true;
            }
        }
        events.end();
        if (records == 0) {
            throw UnreadableInput.atLine(
                    name(),
                    lines.number(),
                    "the file ends without one raw SMMUv3 event (\"event 0x.. received:\" and its four words); iopf"
                            + " decode reads other faults");
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

    @Override
    public boolean found() {
        return records > 0;
    }

    @Override
    public boolean truncated() {
        return file.cut();
    }

    @Override
    public long trailingBytes() {
        return 0;
    }

    @Override
    public long incomplete() {
        return events.incomplete();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
