// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Input;
import io.pgfault.cli.internal.console.JsonOutput;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.cli.internal.platform.Backend;
import io.pgfault.cli.internal.platform.BuiltInPlatform;
import io.pgfault.cli.internal.platform.Counts;
import io.pgfault.cli.internal.platform.EndpointKind;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.cli.internal.platform.PlatformFile;
import io.pgfault.cli.internal.platform.RequesterId;
import io.pgfault.cli.internal.platform.ResponseCount;
import io.pgfault.trace.RecordSource;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.replay.RecordReplay;
import io.pgfault.trace.replay.ReplayStoppedException;
import io.pgfault.trace.replay.ResponseFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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
            "",
            "Exit codes: 0 processed (INVALID answers are results), 1 something broke, 2 bad usage or unreadable input."
        })
public final class ReplayCommand implements Callable<Integer> {
    /** The platform's unit, with the device and process that memory accesses go through. */
    private record Way(Unit unit, Optional<Endpoint> endpoint, Optional<AddressSpace> space) {}

    private final Platform platform;

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|-",
            description = "Recorded faults or memory accesses; gzip is read as is; - is standard input.")
    private List<Path> files;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "auto",
            description =
                    "auto, prq, evtq, priq, ftrace, dmesg or lackey (default: ${DEFAULT-VALUE}, by content and name).")
    private String formatName;

    @Option(
            names = "--backend",
            paramLabel = "KIND",
            description = "The kind of unit: vtd or smmuv3 (default: what the format is of; vtd for accesses).")
    private String backendName;

    @Option(
            names = "--endpoint",
            paramLabel = "KIND",
            description =
                    "Memory accesses: the kind of device that makes them: pcie or pri (the same: it asks with PRI),"
                            + " or stall (default: pcie behind vtd, stall behind smmuv3).")
    private String endpointName;

    @Option(
            names = "--maps",
            paramLabel = "[PASID=]FILE",
            description = "What a process may touch, as /proc/PID/maps has it (default: everything is granted).")
    private List<String> mapsOptions = new ArrayList<>();

    @Option(
            names = "--platform",
            paramLabel = "FILE",
            description = "Units, devices and address spaces: a Configurator JSON file (default: made as needed).")
    private Path platformFile;

    @Option(
            names = "--device",
            paramLabel = "ID",
            description =
                    "Recorded faults: only these requester ids or StreamIDs are known (default: all that appear).")
    private List<String> deviceIds = new ArrayList<>();

    @Option(names = "--overrun", description = "Recorded faults: don't wait for room in the ring; it may overflow.")
    private boolean overrun;

    @Option(
            names = "--responses",
            paramLabel = "FILE",
            description = "Write the raw response records, in the order in which the unit consumed them.")
    private Path responsesFile;

    @Option(
            names = "--json",
            paramLabel = "FILE|-",
            description = "Write the summary as JSON; with -, standard output carries the JSON and nothing else.")
    private String json;

    public ReplayCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        List<Path> spooled = new ArrayList<>();
        try {
            for (int i = 0; i < files.size(); i++) {
                if (Input.isStandard(files.get(i))) {
                    spooled.add(Input.spool());
                    files.set(i, spooled.get(spooled.size() - 1));
                }
            }
            return processed();
        } finally {
            for (Path file : spooled) {
                Files.delete(file);
            }
        }
    }

    private int processed() throws Exception {
        Set<Integer> devices = deviceIds();
        Maps maps = Maps.read(mapsOptions);
        TraceFormat format = format();
        Backend backend = backend(format);
        if (format == TraceFormat.LACKEY && maps.files().size() > 1) {
            throw new BadInput("--maps: memory accesses are of one process, give one file");
        }
        EndpointKind endpoint = endpoint(format, backend);
        try (Platform.Configured configured = configure(format, backend, endpoint, maps)) {
            return replay(format, backend, maps, devices);
        }
    }

    private int replay(TraceFormat format, Backend backend, Maps maps, Set<Integer> devices) throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Way way = way(format, backend);
        Counts before = Counts.of(way.unit().queue().counters());
        ResponseCount responses = new ResponseCount();
        Progress progress = new Progress(err);
        AreaFaults areas = null;
        Replayed replayed;
        try (ResponseFile answers = responsesFile == null ? null : createResponses();
                AutoCloseable counting = way.unit().tap(responses);
                AutoCloseable writing = answers == null ? null : way.unit().tap(answers)) {
            if (format == TraceFormat.LACKEY) {
                AccessReplay accesses = new AccessReplay(
                        way.unit(), way.endpoint().orElseThrow(), way.space().orElseThrow());
                areas = accesses.areas();
                replayed = accesses.replay(files, progress);
            } else {
                replayed = replayFaults(way.unit(), format, maps, devices, progress);
            }
        } catch (ReplayStoppedException e) {
            err.println("iopf: " + e.getMessage());
            return 1;
        } finally {
            progress.done();
        }
        Summary summary = new Summary(
                way.unit().kind(),
                format.cliName(),
                replayed.records(),
                replayed.counts().since(before),
                responses.responses(),
                replayed.accesses(),
                replayed.failedAccesses(),
                replayed.pagesPopulated(),
                replayed.elapsedNanos(),
                responses.firstAfterStartNanos(),
                way.unit().queue().latency());
        if (!"-".equals(json)) {
            new SummaryText(out).print(title(way, format, summary), summary, areas);
        }
        JsonOutput.write(json, summary.toJson(), out);
        return 0;
    }

    private Replayed replayFaults(Unit unit, TraceFormat format, Maps maps, Set<Integer> only, Progress progress)
            throws Exception {
        RecordReplay.WhenFull whenFull = overrun ? RecordReplay.WhenFull.OVERRUN : RecordReplay.WhenFull.WAIT;
        try (RecordedDevices devices = new RecordedDevices(
                unit, platform.service(IoPageFaults.class), platform.service(Sva.class), maps, only)) {
            return new FaultReplay(unit, devices, whenFull, spec.commandLine().getErr())
                    .replay(files, format, progress);
        }
    }

    private String title(Way way, TraceFormat format, Summary summary) {
        String names = files.stream().map(f -> f.getFileName().toString()).collect(Collectors.joining(", "));
        String granted = mapsOptions.isEmpty() ? "" : ", maps " + String.join(", ", mapsOptions);
        String through = way.endpoint().map(e -> e.name() + " and ").orElse("")
                + way.unit().name();
        return "%s: %,d %s (%s) through %s (%s)%s"
                .formatted(
                        names,
                        summary.records(),
                        summary.accesses() > 0 ? "accesses" : "records",
                        format.cliName(),
                        through,
                        way.unit().kind(),
                        granted);
    }

    private ResponseFile createResponses() throws BadInput {
        try {
            return ResponseFile.create(responsesFile);
        } catch (IOException e) {
            throw new BadInput("--responses " + e.getMessage(), e);
        }
    }

    /** Every file is looked at before anything starts. */
    private TraceFormat format() throws IOException {
        TraceFormat found = null;
        for (Path path : files) {
            try (TraceFile file = TraceFile.open(path)) {
                TraceFormat format = "auto".equals(formatName)
                        ? TraceFormat.detect(file)
                        : TraceFormat.of(formatName)
                                .orElseThrow(() -> new BadInput(
                                        "--format " + formatName + ": not one of auto, " + TraceFormat.cliNames()));
                if (found != null && found != format) {
                    throw new BadInput("%s is %s, the files before it are %s; replay them one by one"
                            .formatted(path, format.cliName(), found.cliName()));
                }
                found = format;
                if (format != TraceFormat.LACKEY && file.size() >= 0) {
                    findRecord(file, format);
                }
            }
        }
        return found;
    }

    /** Reads a file up to its first record, so that one without any is refused before its bytes reach a unit. */
    private static void findRecord(TraceFile file, TraceFormat format) throws IOException {
        try (RecordSource source = RecordSource.open(file, format)) {
            boolean more = true;
            while (more && !source.found()) {
                more = source.next();
            }
        }
    }

    private Backend backend(TraceFormat format) throws BadInput {
        Optional<Backend> natural = Backend.of(format);
        if (backendName == null) {
            return natural.orElse(Backend.VTD);
        }
        for (Backend backend : Backend.values()) {
            if (backend.kind().equals(backendName)) {
                if (natural.isPresent() && natural.get() != backend) {
                    throw new BadInput("--backend %s: %s records are written by %s"
                            .formatted(backend, format.cliName(), natural.get()));
                }
                return backend;
            }
        }
        throw new BadInput("--backend " + backendName + ": not one of vtd, smmuv3");
    }

    private EndpointKind endpoint(TraceFormat format, Backend backend) throws BadInput {
        if (endpointName == null) {
            return EndpointKind.usual(backend);
        }
        if (format != TraceFormat.LACKEY) {
            throw new BadInput("--endpoint %s: %s records have been made by their device, only memory accesses need one"
                    .formatted(endpointName, format.cliName()));
        }
        if (platformFile != null || !platform.units().isEmpty()) {
            throw new BadInput("--endpoint %s: the platform says what its devices are".formatted(endpointName));
        }
        return EndpointKind.of(endpointName, backend);
    }

    private Set<Integer> deviceIds() throws BadInput {
        Set<Integer> ids = new HashSet<>();
        for (String id : deviceIds) {
            ids.add(RequesterId.parse(id));
        }
        return ids;
    }

    /** The platform of --platform, else the one that is there, else one of our own. */
    private Platform.Configured configure(TraceFormat format, Backend backend, EndpointKind endpoint, Maps maps)
            throws IOException, InterruptedException {
        if (platformFile != null) {
            return platform.configure(PlatformFile.read(platformFile));
        }
        if (!platform.units().isEmpty()) {
            return new Platform.Configured(List.of());
        }
        if (format != TraceFormat.LACKEY) {
            return platform.configure(BuiltInPlatform.unit(backend));
        }
        int pasid = maps.grantAll() ? -1 : maps.files().keySet().iterator().next();
        return platform.configure(BuiltInPlatform.process(
                backend, endpoint, maps.files().values().stream().findFirst(), pasid));
    }

    private Way way(TraceFormat format, Backend backend) throws BadInput {
        boolean any = backendName == null && Backend.of(format).isEmpty();
        List<Unit> units = platform.units().stream()
                .filter(unit -> any || unit.kind().equals(backend.kind()))
                .toList();
        if (format != TraceFormat.LACKEY) {
            if (units.size() != 1) {
                throw new BadInput("%s needs one unit of kind %s, the platform has %d"
                        .formatted(format.cliName(), backend, units.size()));
            }
            return new Way(units.get(0), Optional.empty(), Optional.empty());
        }
        List<Endpoint> endpoints = platform.endpoints().stream()
                .filter(e ->
                        units.stream().anyMatch(u -> u.name().equals(e.device().unit())))
                .toList();
        if (endpoints.size() != 1) {
            throw new BadInput("memory accesses need one device%s, the platform has %d: %s"
                    .formatted(
                            any ? "" : " behind a unit of kind " + backend,
                            endpoints.size(),
                            endpoints.stream().map(Endpoint::name).collect(Collectors.joining(", "))));
        }
        Endpoint endpoint = endpoints.get(0);
        Unit unit = units.stream()
                .filter(u -> u.name().equals(endpoint.device().unit()))
                .findFirst()
                .orElseThrow();
        return new Way(unit, Optional.of(endpoint), Optional.of(space()));
    }

    private AddressSpace space() throws BadInput {
        List<AddressSpace> spaces = platform.spaces();
        if (spaces.size() != 1) {
            throw new BadInput("memory accesses need one address space, the platform has " + spaces.size());
        }
        return spaces.get(0);
    }
}
