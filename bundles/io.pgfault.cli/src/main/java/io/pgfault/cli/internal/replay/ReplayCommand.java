// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.Sva;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.FlightRecording;
import io.pgfault.cli.internal.console.JsonOutput;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Backend;
import io.pgfault.cli.internal.platform.Counts;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.cli.internal.platform.ResponseCount;
import io.pgfault.cli.internal.recording.HardwareRecording;
import io.pgfault.cli.internal.recording.RecordedUnit;
import io.pgfault.cli.internal.recording.RecordingOptions;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.replay.Pace;
import io.pgfault.trace.replay.RecordReplay;
import io.pgfault.trace.replay.ReplayStoppedException;
import io.pgfault.trace.replay.ResponseFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code iopf replay}: recorded faults or memory accesses through a unit, the core and a handler. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Feeds recorded faults or memory accesses through a unit, the core and a handler, and reports.",
        footer = {
            "",
            "Examples:",
            "  iopf replay --maps itests/samples/cat.maps itests/samples/cat.lackey.gz",
            "      a program's memory accesses, as Valgrind's lackey traced them; pages are faulted in",
            "  iopf replay --responses answers.bin --json - dump.prq",
            "      a dump of a VT-d page request queue; everything is granted; the answers as raw records",
            "  iopf replay --backend smmuv3 --endpoint pri --maps cat.maps cat.lackey.gz",
            "      the same accesses through the PRI queue of an SMMUv3, instead of stalls",
            "  iopf replay --maps 5=server.maps --maps 77=client.maps --device 0x0825 dump.prq",
            "      only this device is known, and two processes; everything else is answered INVALID",
            "  iopf replay --speed 1 nic.recording",
            "      what iopf serve --record nic.recording wrote, with its times",
            "",
            "Exit codes: 0 processed (INVALID answers are results), 1 something broke, 2 bad usage or unreadable input."
        })
public final class ReplayCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ReplayOptions options;

    @Mixin
    private RecordingOptions recording;

    /** Makes the command for a platform. */
    public ReplayCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        List<ReplayFile> files = new ArrayList<>();
        try {
            for (Path word : options.files()) {
                files.add(ReplayFile.of(word));
            }
            return processed(files);
        } finally {
            for (ReplayFile file : files) {
                file.delete();
            }
        }
    }

    private int processed(List<ReplayFile> files) throws Exception {
        Set<Integer> devices = options.deviceIds();
        Maps maps = Maps.read(options.maps());
        TraceFormat format = options.format(files);
        if (format == TraceFormat.RECORDING) {
            return recordings(files, maps, devices);
        }
        if (recording.namesSpeed()) {
            throw new BadInput("--speed: %s files have no times; a recording has".formatted(format.cliName()));
        }
        Backend backend = options.backend(format);
        if (!format.accesses() && options.save().isPresent()) {
            throw new BadInput("--save: %s records are faults, not memory accesses; only accesses are saved"
                    .formatted(format.cliName()));
        }
        if (format.accesses() && maps.files().size() > 1) {
            throw new BadInput("--maps: memory accesses are of one process, give one file");
        }
        try (Platform.Configured configured = ReplayTarget.configure(platform, options, format, backend, maps);
                FlightRecording flight = options.jfr().map(FlightRecording::new).orElse(null)) {
            ReplayTarget target = ReplayTarget.find(platform, configured, options, format, backend);
            return replay(files, format, target, maps, devices);
        }
    }

    private int replay(List<ReplayFile> files, TraceFormat format, ReplayTarget target, Maps maps, Set<Integer> devices)
            throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Unit unit = target.unit();
        Counts before = Counts.of(unit.queue().counters());
        ResponseCount responses = new ResponseCount();
        Progress progress = new Progress(err);
        AreaFaults areas = null;
        Replayed replayed;
        try (ResponseFile answers = createResponses();
                AutoCloseable counting = unit.tap(responses);
                AutoCloseable writing = answers == null ? null : unit.tap(answers);
                AutoCloseable hardware = record(List.of(unit), files)) {
            if (format.accesses()) {
                AccessReplay accesses = new AccessReplay(
                        unit, target.endpoint().orElseThrow(), target.space().orElseThrow());
                areas = accesses.areas();
                replayed = accesses.replay(files, format, options.save(), progress);
            } else {
                replayed = replayFaults(files, format, unit, maps, devices, progress);
            }
        } catch (ReplayStoppedException e) {
            err.println("iopf: " + e.getMessage());
            return 1;
        } finally {
            progress.done();
        }
        Summary summary = Summary.of(unit, format, replayed, before, responses);
        if (!options.jsonIsStandardOutput()) {
            new SummaryText(out).print(title(files, target, format, summary), summary, areas);
        }
        JsonOutput.write(options.json(), summary.toJson(), out);
        return 0;
    }

    private Replayed replayFaults(
            List<ReplayFile> files, TraceFormat format, Unit unit, Maps maps, Set<Integer> only, Progress progress)
            throws Exception {
        Unit fed = options.overrun() ? unit : new BoundedFeed(unit, platform.groupsInFlight());
        RecordReplay.WhenFull whenFull = options.overrun() ? RecordReplay.WhenFull.OVERRUN : RecordReplay.WhenFull.WAIT;
        try (RecordedDevices devices = new RecordedDevices(
                List.of(unit),
                platform.service(IoPageFaults.class),
                platform.service(FaultWatch.class),
                platform.service(Sva.class),
                maps,
                only)) {
            return new FaultReplay(fed, devices, whenFull, spec.commandLine().getErr()).replay(files, format, progress);
        }
    }

    private int recordings(List<ReplayFile> files, Maps maps, Set<Integer> only) throws Exception {
        options.refuseForRecording(files.size());
        ReplayFile file = files.get(0);
        List<RecordedUnit> recorded;
        try (TraceFile in = file.open()) {
            recorded = RecordedUnit.of(in);
        }
        if (recorded.size() > 1 && options.responses().isPresent()) {
            throw new BadInput("--responses: %s has %d units, and the records of one make a file"
                    .formatted(file.name(), recorded.size()));
        }
        Pace pace = recording.pace();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Progress progress = new Progress(err);
        List<Summary> summaries;
        String through;
        try (Platform.Configured configured = RecordingRun.configure(platform, options.platform(), recorded);
                FlightRecording flight = options.jfr().map(FlightRecording::new).orElse(null);
                RecordingRun run = new RecordingRun(file, recorded, platform, configured);
                ResponseFile answers = createResponses();
                AutoCloseable writing =
                        answers == null ? null : run.units().get(0).tap(answers);
                AutoCloseable hardware = record(run.units(), files);
                TraceFile in = file.open()) {
            through = run.through();
            summaries = run.replay(maps, only, options.overrun(), pace, in, progress, err);
        } catch (ReplayStoppedException e) {
            err.println("iopf: " + e.getMessage());
            return 1;
        } finally {
            progress.done();
        }
        if (!options.jsonIsStandardOutput()) {
            new SummaryText(out).print(title(file, through, summaries), summaries);
        }
        JsonOutput.write(options.json(), Summary.toJson(summaries), out);
        return 0;
    }

    /** Starts the recording of {@code --record}; returns null if there is none. */
    private AutoCloseable record(List<Unit> units, List<ReplayFile> files) throws IOException {
        if (recording.record().isEmpty()) {
            return null;
        }
        return HardwareRecording.of(
                recording.record().get(),
                units,
                files.stream().map(ReplayFile::path).toList(),
                spec.commandLine().getErr());
    }

    private String title(ReplayFile file, String through, List<Summary> summaries) {
        String granted = options.maps().isEmpty() ? "" : ", maps " + String.join(", ", options.maps());
        long records = summaries.stream().mapToLong(Summary::records).sum();
        return "%s: %s (recording) through %s%s"
                .formatted(shortName(file), Quantity.count(records, "record", "records"), through, granted);
    }

    private String title(List<ReplayFile> files, ReplayTarget target, TraceFormat format, Summary summary) {
        String names = files.stream().map(ReplayCommand::shortName).collect(Collectors.joining(", "));
        String granted = options.maps().isEmpty() ? "" : ", maps " + String.join(", ", options.maps());
        return "%s: %s (%s) through %s (%s)%s"
                .formatted(
                        names,
                        summary.accesses() > 0
                                ? Quantity.count(summary.records(), "access", "accesses")
                                : Quantity.count(summary.records(), "record", "records"),
                        format.cliName(),
                        target.through(),
                        target.unit().kind(),
                        granted);
    }

    private static String shortName(ReplayFile file) {
        return file.name().substring(file.name().lastIndexOf('/') + 1);
    }

    /** Creates the file of {@code --responses}; returns null if there is none. */
    private ResponseFile createResponses() throws BadInput {
        if (options.responses().isEmpty()) {
            return null;
        }
        try {
            return ResponseFile.create(options.responses().get());
        } catch (IOException e) {
            throw new BadInput("--responses " + e.getMessage(), e);
        }
    }
}
