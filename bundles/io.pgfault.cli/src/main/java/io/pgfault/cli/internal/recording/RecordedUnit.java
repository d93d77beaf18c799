// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.recording;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Backend;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.recording.RecordedQueue;
import io.pgfault.trace.recording.RecordingReader;
import io.pgfault.trace.replay.RecordingReplay;
import io.pgfault.trace.replay.ReplayStoppedException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A unit of a recording.
 *
 * @param name the unit's name
 * @param kind the unit's kind
 * @param backend the kind of unit that takes the records: VT-d for the faults of a kernel's IOMMUFD
 * @param queues how many queues of the unit are recorded
 * @param records how many records the unit's hardware wrote
 */
public record RecordedUnit(String name, String kind, Backend backend, int queues, long records) {
    /**
     * Reads the units of a recording, from its start to its end.
     *
     * @throws BadInput if no unit here takes the records of one of them, or the recording has no record
     * @throws UnreadableInput if the file is no recording, or damaged
     */
    public static List<RecordedUnit> of(TraceFile file) throws IOException {
        Map<RecordedQueue, Long> queues = new LinkedHashMap<>();
        RecordingReader reader = new RecordingReader(file);
        while (reader.next()) {
            queues.merge(reader.queue(), 1L, Long::sum);
        }
        if (queues.isEmpty()) {
            throw new BadInput(file.name() + ": holds no record"
                    + (reader.truncated() ? "; it is truncated" : ": the hardware wrote none while it was recorded"));
        }
        Map<String, RecordedUnit> units = new LinkedHashMap<>();
        for (Map.Entry<RecordedQueue, Long> entry : queues.entrySet()) {
            RecordedQueue queue = entry.getKey();
            RecordedUnit unit = new RecordedUnit(queue.unit(), queue.kind(), backend(file, queue), 1, entry.getValue());
            RecordedUnit before = units.get(queue.unit());
            if (before != null && !before.kind.equals(unit.kind)) {
                throw new BadInput("%s: unit %s is recorded as %s and as %s; record the two one by one"
                        .formatted(file.name(), unit.name, before.kind, unit.kind));
            }
            units.merge(queue.unit(), unit, RecordedUnit::with);
        }
        return List.copyOf(units.values());
    }

    private RecordedUnit with(RecordedUnit other) {
        return new RecordedUnit(name, kind, backend, queues + other.queues, records + other.records);
    }

    private static Backend backend(TraceFile file, RecordedQueue queue) throws BadInput {
        try {
            return Backend.of(RecordingReplay.ringFormat(queue)).orElseThrow();
        } catch (ReplayStoppedException e) {
            throw new BadInput(file.name() + ": " + e.getMessage(), e);
        }
    }
}
