// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.recording;

import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.internal.recorded.RecordingCode;
import java.util.Optional;

/**
 * A hardware queue of a recorded unit.
 *
 * @param unit the unit's name
 * @param kind the unit's kind, for example {@code vtd}
 * @param format what the unit calls the queue: {@code prq}, {@code evtq}, {@code priq}, {@code iommufd}, or the name
 *     that another driver gives it
 * @param recordSize bytes of a record, 1 to 65535
 */
public record RecordedQueue(String unit, String kind, String format, int recordSize) {
    /** Checks the record size. */
    public RecordedQueue {
        if (recordSize < 1 || recordSize > RecordingCode.LARGEST_RECORD) {
            throw new IllegalArgumentException("a record of %d bytes; a recording takes 1 to %d"
                    .formatted(recordSize, RecordingCode.LARGEST_RECORD));
        }
    }

    /** The raw format of the records; empty for records of another kind of unit. */
    public Optional<TraceFormat> traceFormat() {
        return TraceFormat.of(format).filter(known -> known.raw() && known.recordSize() == recordSize);
    }
}
