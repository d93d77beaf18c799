// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Unit;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Counts;
import io.pgfault.trace.RecordSource;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.replay.RecordReplay;
import io.pgfault.trace.replay.ReplayStoppedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/** Replays recorded faults: writes the records into the unit's ring unchanged. One thread, the one of the command. */
final class FaultReplay {
    private final Unit unit;
    private final RecordedDevices devices;
    private final RecordReplay.WhenFull whenFull;
    private final PrintWriter err;

    FaultReplay(Unit unit, RecordedDevices devices, RecordReplay.WhenFull whenFull, PrintWriter err) {
        this.unit = unit;
        this.devices = devices;
        this.whenFull = whenFull;
        this.err = err;
    }

    /** Feeds the records of all files, one file after the other; reports a truncated file on standard error. */
    Replayed replay(List<ReplayFile> files, TraceFormat format, Progress progress)
            throws IOException, ReplayStoppedException, InterruptedException {
        long records = 0;
        long start = System.nanoTime();
        for (ReplayFile path : files) {
            try (TraceFile file = path.open();
                    RecordSource source = RecordSource.open(file, format)) {
                records += new RecordReplay(unit, whenFull, listener(file, progress))
                        .replay(source)
                        .records();
                if (source.truncated()) {
                    progress.done();
                    truncated(err, path.name(), source.records(), source.trailingBytes());
                }
                if (source.incomplete() > 0) {
                    progress.done();
                    err.printf(
                            "iopf: %s: left out %s%n",
                            path.name(),
                            Quantity.count(
                                    source.incomplete(),
                                    "event that lacks some of its words",
                                    "events that lack some of their words"));
                }
            }
        }
        long elapsed = System.nanoTime() - start;
        return new Replayed(
                records,
                0,
                0,
                devices.pagesPopulated(),
                elapsed,
                Counts.of(unit.queue().counters()));
    }

    /** Says that a file breaks off. */
    static void truncated(PrintWriter err, String name, long records, long trailingBytes) {
        err.printf(
                "iopf: %s: truncated: processed %s, left out %s at the end%n",
                name,
                Quantity.count(records, "whole record", "whole records"),
                Quantity.count(trailingBytes, "byte", "bytes"));
    }

    private RecordReplay.Listener listener(TraceFile file, Progress progress) {
        return new RecordReplay.Listener() {
            @Override
            public void appeared(int id, int pasid) {
                devices.appeared(unit, id, pasid);
            }

            @Override
            public void progress(long records) {
                progress.at(file, records);
            }
        };
    }
}
