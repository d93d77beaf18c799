// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.Sva;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.cli.internal.platform.BuiltInPlatform;
import io.pgfault.cli.internal.platform.Counts;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.cli.internal.platform.PlatformFile;
import io.pgfault.cli.internal.platform.ResponseCount;
import io.pgfault.cli.internal.recording.RecordedUnit;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.recording.RecordingReader;
import io.pgfault.trace.replay.Pace;
import io.pgfault.trace.replay.RecordReplay;
import io.pgfault.trace.replay.RecordingReplay;
import io.pgfault.trace.replay.ReplayStoppedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Replays one recording: the records of each recorded unit go to one unit here. One thread, the command's. */
final class RecordingRun implements AutoCloseable {
    private final ReplayFile file;
    private final Platform platform;
    private final Map<String, Played> played = new LinkedHashMap<>();

    /**
     * Finds, for each recorded unit, the unit of the same name and kind here; else the one unit of that kind.
     *
     * @param configured the units that the command may use
     * @throws BadInput if there is no such unit
     */
    RecordingRun(ReplayFile file, List<RecordedUnit> recorded, Platform platform, Platform.Configured configured)
            throws BadInput {
        this.file = file;
        this.platform = platform;
        List<Unit> units = platform.units().stream().filter(configured::offers).toList();
        for (RecordedUnit unit : recorded) {
            Unit target = target(unit, recorded, units);
            ResponseCount responses = new ResponseCount();
            played.put(
                    unit.name(),
                    new Played(unit, target, Counts.of(target.queue().counters()), responses, target.tap(responses)));
        }
    }

    /** A recorded unit, and what became of its records. */
    private record Played(
            RecordedUnit recorded, Unit unit, Counts before, ResponseCount responses, AutoCloseable counting) {}

    /**
     * Makes the platform of the replay: that of {@code --platform}; else the running one; else units of the recorded
     * names.
     */
    static Platform.Configured configure(Platform platform, Optional<Path> named, List<RecordedUnit> recorded)
            throws IOException, InterruptedException {
        if (named.isPresent()) {
            return platform.configure(PlatformFile.read(named.get()));
        }
        if (!platform.units().isEmpty()) {
            return Platform.Configured.running();
        }
        return platform.configure(BuiltInPlatform.units(
                recorded.stream().collect(Collectors.toMap(RecordedUnit::name, RecordedUnit::backend))));
    }

    private Unit target(RecordedUnit recorded, List<RecordedUnit> all, List<Unit> units) throws BadInput {
        String kind = recorded.backend().kind();
        List<Unit> ofKind =
                units.stream().filter(unit -> unit.kind().equals(kind)).toList();
        for (Unit unit : ofKind) {
            if (unit.name().equals(recorded.name())) {
                return unit;
            }
        }
        boolean alone = all.stream()
                        .filter(other -> other.backend() == recorded.backend())
                        .count()
                == 1;
        if (alone && ofKind.size() == 1) {
            return ofKind.get(0);
        }
        throw new BadInput("%s: recorded unit %s needs a unit of kind %s and of that name here; there %s"
                .formatted(
                        file.name(),
                        recorded.name(),
                        kind,
                        ofKind.isEmpty()
                                ? "is none of that kind"
                                : "are " + ofKind.stream().map(Unit::name).collect(Collectors.joining(", "))));
    }

    /** The units that take the records. */
    List<Unit> units() {
        return played.values().stream().map(Played::unit).distinct().toList();
    }

    /** Feeds the recording; says on {@code err} if it is truncated. */
    List<Summary> replay(
            Maps maps, Set<Integer> only, boolean overrun, Pace pace, TraceFile in, Progress progress, PrintWriter err)
            throws IOException, ReplayStoppedException, InterruptedException {
        long start = System.nanoTime();
        try (RecordedDevices devices = new RecordedDevices(
                        units(),
                        platform.service(IoPageFaults.class),
                        platform.service(FaultWatch.class),
                        platform.service(Sva.class),
                        maps,
                        only);
                RecordingReader reader = new RecordingReader(in)) {
            int bound = platform.groupsInFlight();
            new RecordingReplay(
                            queue -> {
                                Played to = played.get(queue.unit());
                                Unit fed = overrun
                                        ? to.unit()
                                        : new BoundedFeed(
                                                to.unit(),
                                                Math.max(
                                                        1, bound / to.recorded().queues()));
                                return new RecordingReplay.Target(fed, new RecordReplay.Listener() {
                                    @Override
                                    public void appeared(int id, int pasid) {
                                        devices.appeared(to.unit(), id, pasid);
                                    }

                                    @Override
                                    public void progress(long records) {
                                        progress.at(in, records);
                                    }
                                });
                            },
                            overrun ? RecordReplay.WhenFull.OVERRUN : RecordReplay.WhenFull.WAIT,
                            pace)
                    .replay(reader);
            progress.done();
            if (reader.truncated()) {
                FaultReplay.truncated(err, file.name(), reader.records(), reader.trailingBytes());
            }
            return summaries(System.nanoTime() - start, devices.pagesPopulated());
        }
    }

    private List<Summary> summaries(long elapsed, long pages) {
        List<Summary> summaries = new ArrayList<>();
        for (Played one : played.values()) {
            Counts now = Counts.of(one.unit().queue().counters());
            Replayed replayed = new Replayed(one.recorded().records(), 0, 0, pages, elapsed, now);
            summaries.add(Summary.of(one.unit(), TraceFormat.RECORDING, replayed, one.before(), one.responses()));
        }
        return summaries;
    }

    /** The names of the units that take the records, for a title. */
    String through() {
        return units().stream()
                .map(unit -> "%s (%s)".formatted(unit.name(), unit.kind()))
                .collect(Collectors.joining(" and "));
    }

    @Override
    public void close() throws Exception {
        for (Played one : played.values()) {
            one.counting().close();
        }
    }
}
