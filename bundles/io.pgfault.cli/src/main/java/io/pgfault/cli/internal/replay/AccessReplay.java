// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.cli.internal.platform.Counts;
import io.pgfault.trace.AccessFiles;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.replay.ClosedLoopReplay;
import io.pgfault.trace.replay.ReplayStoppedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Replays memory accesses through a device of the platform. Closed loop: the device faults on pages that are missing.
 */
final class AccessReplay {
    private final Unit unit;
    private final Endpoint endpoint;
    private final AddressSpace space;
    private final AreaFaults areas;

    AccessReplay(Unit unit, Endpoint endpoint, AddressSpace space) {
        this.unit = unit;
        this.endpoint = endpoint;
        this.space = space;
        this.areas = new AreaFaults(space);
    }

    AreaFaults areas() {
        return areas;
    }

    /** Makes the accesses of all files, one file after the other; writes them to {@code save} if it is there. */
    Replayed replay(List<ReplayFile> files, TraceFormat format, Optional<Path> save, Progress progress)
            throws IOException, ReplayStoppedException, InterruptedException {
        int pasid = endpoint.pasid();
        long populated = space.populatedPages();
        long accesses = 0;
        long failed = 0;
        long start = System.nanoTime();
        try (SavedAccesses saved = SavedAccesses.to(save)) {
            for (ReplayFile path : files) {
                try (TraceFile file = path.open();
                        AccessSource trace = saved.saving(AccessFiles.open(file, format))) {
                    ClosedLoopReplay.Result result =
                            new ClosedLoopReplay(endpoint, pasid, listener(file, progress)).replay(trace);
                    accesses += result.accesses();
                    failed += result.failedAccesses();
                }
            }
        }
        unit.drain();
        long elapsed = System.nanoTime() - start;
        return new Replayed(
                accesses,
                accesses,
                failed,
                space.populatedPages() - populated,
                elapsed,
                Counts.of(unit.queue().counters()));
    }

    private ClosedLoopReplay.Listener listener(TraceFile file, Progress progress) {
        return new ClosedLoopReplay.Listener() {
            @Override
            public void faulted(long page, int requests, Outcome outcome) {
                areas.count(page, requests, outcome);
            }

            @Override
            public void progress(long records) {
                progress.at(file, records);
            }
        };
    }
}
