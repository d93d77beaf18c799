// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.RequesterId;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Backend;
import io.pgfault.cli.internal.platform.EndpointKind;
import io.pgfault.trace.RecordSource;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command line of {@code iopf replay}, and what its words mean. picocli writes the fields before any method runs.
 */
final class ReplayOptions {
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
                    "auto; recorded faults: prq, evtq, priq, ftrace, dmesg; accesses: lackey, faults, addresses, iopf;"
                            + " both with times: recording (default: ${DEFAULT-VALUE}, by content and name).")
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
                    "Memory accesses: the kind of device that makes them: pcie or pri"
                            + " (the same: the device asks with PRI), or stall (default: pcie behind vtd, stall behind smmuv3).")
    private String endpointName;

    @Option(
            names = "--maps",
            paramLabel = "[PASID=]FILE",
            description = "What a process may touch, as /proc/PID/maps has it (default: everything is granted).")
    private List<String> maps = new ArrayList<>();

    @Option(
            names = "--platform",
            paramLabel = "FILE",
            description = "Units, devices and address spaces: a Configurator JSON file (default: made as needed)."
                    + " In a running platform the file must not name a PID that exists.")
    private Path platform;

    @Option(
            names = "--device",
            paramLabel = "ID",
            description =
                    "Recorded faults: only these requester ids or StreamIDs are known (default: all that appear).")
    private List<String> devices = new ArrayList<>();

    @Option(
            names = "--overrun",
            description = "Recorded faults: don't wait for room in the ring and in the core; both may overflow.")
    private boolean overrun;

    @Option(
            names = "--responses",
            paramLabel = "FILE",
            description = "Write the raw response records, in the order in which the unit consumed them.")
    private Path responses;

    @Option(
            names = "--json",
            paramLabel = "FILE|-",
            description = "Write the summary as JSON; with -, standard output carries the JSON and nothing else.")
    private String json;

    @Option(
            names = "--jfr",
            paramLabel = "FILE",
            description = "Write a flight recording of the replay, with an event for each request, group and response.")
    private Path jfr;

    /** Returns the file of {@code --jfr}; empty if there is none. */
    Optional<Path> jfr() {
        return Optional.ofNullable(jfr);
    }

    @Option(
            names = "--save",
            paramLabel = "FILE.iopf",
            description = "Memory accesses: write them in a compact binary form, which is replayed faster.")
    private Path save;

    /** Returns the file of {@code --save}; empty if there is none. */
    Optional<Path> save() {
        return Optional.ofNullable(save);
    }

    List<Path> files() {
        return files;
    }

    /** Returns the words after {@code --maps}. */
    List<String> maps() {
        return maps;
    }

    /** Returns the file of {@code --platform}; empty if there is none. */
    Optional<Path> platform() {
        return Optional.ofNullable(platform);
    }

    /** Returns the file of {@code --responses}; empty if there is none. */
    Optional<Path> responses() {
        return Optional.ofNullable(responses);
    }

    boolean overrun() {
        return overrun;
    }

    /** Returns the word after {@code --json}, null if there is none. */
    String json() {
        return json;
    }

    boolean jsonIsStandardOutput() {
        return "-".equals(json);
    }

    /**
     * Refuses what a recording says itself.
     *
     * @throws BadInput if the command line says it, or names another file
     */
    void refuseForRecording(int files) throws BadInput {
        if (files > 1) {
            throw new BadInput("a recording is replayed alone; replay the files one by one");
        }
        if (namesBackend() || namesEndpoint() || save != null) {
            throw new BadInput("%s: a recording has units and records of its own; leave the option out"
                    .formatted(namesBackend() ? "--backend" : namesEndpoint() ? "--endpoint" : "--save"));
        }
    }

    /** Whether the command line names a kind of unit. */
    boolean namesBackend() {
        return backendName != null;
    }

    boolean namesEndpoint() {
        return endpointName != null;
    }

    /**
     * Returns the device ids of {@code --device}; empty if every id is known.
     *
     * @throws BadInput if a word is no device id
     */
    Set<Integer> deviceIds() throws BadInput {
        Set<Integer> ids = new HashSet<>();
        for (String id : devices) {
            try {
                ids.add(RequesterId.parse(id));
            } catch (IllegalArgumentException e) {
                throw new BadInput("--device " + id + ": " + e.getMessage(), e);
            }
        }
        return ids;
    }

    /**
     * Returns the one format of the files, after a look into every file.
     *
     * @param opened the files to look into: a copy stands for standard input
     * @throws BadInput if the files have several formats, or {@code --format} names none
     */
    TraceFormat format(List<ReplayFile> opened) throws IOException {
        TraceFormat found = null;
        for (ReplayFile path : opened) {
            try (TraceFile file = path.open()) {
                TraceFormat format = "auto".equals(formatName)
                        ? TraceFormat.detect(file)
                        : TraceFormat.of(formatName)
                                .orElseThrow(() -> new BadInput(
                                        "--format " + formatName + ": not one of auto, " + TraceFormat.cliNames()));
                if (found != null && found != format) {
                    throw new BadInput("%s is %s, the files before it are %s; replay the files one by one"
                            .formatted(path.name(), format.cliName(), found.cliName()));
                }
                found = format;
                if (!format.accesses() && format != TraceFormat.RECORDING && file.size() >= 0) {
                    findRecord(file, format);
                }
            }
        }
        return found;
    }

    /**
     * Reads a file up to its first record, so that a file without any record is refused before a unit sees its bytes.
     */
    private static void findRecord(TraceFile file, TraceFormat format) throws IOException {
        try (RecordSource source = RecordSource.open(file, format)) {
            boolean more = true;
            while (more && !source.found()) {
                more = source.next();
            }
        }
    }

    /**
     * Returns the kind of unit for a format.
     *
     * @throws BadInput if {@code --backend} names a kind that doesn't write such records, or no kind
     */
    Backend backend(TraceFormat format) throws BadInput {
        Optional<Backend> natural = Backend.of(format);
        if (backendName == null) {
            return natural.orElse(Backend.VTD);
        }
        Backend named = Backend.named(backendName)
                .orElseThrow(() -> new BadInput("--backend " + backendName + ": not one of vtd, smmuv3"));
        if (natural.isPresent() && natural.get() != named) {
            throw new BadInput(
                    "--backend %s: %s records are written by %s".formatted(named, format.cliName(), natural.get()));
        }
        return named;
    }

    /**
     * Returns the kind of device that makes memory accesses.
     *
     * @throws BadInput if {@code --endpoint} doesn't fit the format or the kind of unit
     */
    EndpointKind endpoint(TraceFormat format, Backend backend) throws BadInput {
        if (endpointName == null) {
            return EndpointKind.usual(backend);
        }
        if (!format.accesses()) {
            throw new BadInput("--endpoint %s: %s records have been made by their device, only memory accesses need one"
                    .formatted(endpointName, format.cliName()));
        }
        return EndpointKind.of(endpointName, backend);
    }
}
