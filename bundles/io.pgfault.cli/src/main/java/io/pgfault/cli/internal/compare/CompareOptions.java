// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Input;
import io.pgfault.cli.internal.platform.Backend;
import io.pgfault.cli.internal.platform.EndpointKind;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Costs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command line of {@code iopf compare}, and what its words mean. picocli writes the fields before any method runs.
 */
final class CompareOptions {
    @Parameters(
            arity = "1..*",
            paramLabel = "TRACE",
            description =
                    "Memory accesses, or recorded faults as the accesses that faulted; each file is read once for each handler;"
                            + " compressed files are read as is.")
    private List<Path> traces;

    @Option(
            names = "--handler",
            paramLabel = "sva|JAR",
            description = "A handler: sva, or a bundle that registers one for domains of kind sva; may be repeated."
                    + " sva is always compared, and gets the groups that a handler declines.")
    private List<String> handlers = new ArrayList<>();

    @Option(
            names = "--maps",
            paramLabel = "FILE",
            description =
                    "What the process may touch, as /proc/PID/maps has it: one for all traces, or one for each, in"
                            + " their order (default: everything is granted).")
    private List<Path> maps = new ArrayList<>();

    @Option(
            names = "--backend",
            paramLabel = "KIND",
            defaultValue = "vtd",
            description = "The kind of unit that is modelled: vtd or smmuv3 (default: ${DEFAULT-VALUE}).")
    private String backend;

    @Option(
            names = "--endpoint",
            paramLabel = "KIND",
            description =
                    "The kind of device that is modelled: pcie, pri or stall (default: as the unit's kind has it).")
    private String endpoint;

    @Option(names = "--tlb-entries", paramLabel = "N", description = "How many translations the device caches.")
    private Integer tlbEntries;

    @Option(
            names = "--group-size",
            paramLabel = "N",
            defaultValue = "1",
            description = "The most page requests in a group, 1 to 512 (default: ${DEFAULT-VALUE}).")
    private int groupSize;

    @Option(
            names = "--fault-nanos",
            paramLabel = "NS",
            description =
                    "Both ways of a fault, without the handler (default: 8700 behind PCIe, 8100 for stall; from [Lu]"
                            + " and, for the link, [Neugebauer]).")
    private Long fault;

    @Option(
            names = "--translate-nanos",
            paramLabel = "NS",
            description =
                    "A translation that isn't cached (default: 930 behind PCIe, 330 for stall; from [Neugebauer]).")
    private Long translate;

    @Option(
            names = "--call-nanos",
            paramLabel = "NS",
            description = "A call of a handler, in virtual time (default: 1500; from [Lu]).")
    private Long call;

    @Option(
            names = "--populate-nanos",
            paramLabel = "NS",
            description = "A page that is populated, in virtual time (default: 500; from [Lu]).")
    private Long populate;

    @Option(
            names = "--invalidate-nanos",
            paramLabel = "NS",
            description = "An invalidation, in virtual time (default: 4200 behind PCIe, from [Vesely]; 2000 for stall,"
                    + " from [Mhetre]).")
    private Long invalidate;

    @Option(
            names = "--jitter",
            paramLabel = "N",
            defaultValue = "0",
            description = "By how many thousandths a fault may take longer, at random (default: ${DEFAULT-VALUE}).")
    private int jitter;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the jitter; the same seed gives the same numbers (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--real",
            description = "Call the handlers on threads and measure them, instead of virtual time; for a handler with"
                    + " threads of its own.")
    private boolean real;

    @Option(
            names = "--json",
            paramLabel = "FILE|-",
            description = "Write the results as JSON; with -, standard output carries the JSON and nothing else.")
    private String json;

    @Option(
            names = "--plot",
            paramLabel = "FILE.svg|png",
            description = "Draw faults avoided against memory wasted, and faults over time.")
    private Path plot;

    List<Path> traces() throws BadInput {
        for (Path trace : traces) {
            if (Input.isStandard(trace)) {
                throw new BadInput("compare reads a trace once for each handler; give a file instead of -");
            }
        }
        return traces;
    }

    /** Returns the words after {@code --handler}, sva first, each once. */
    List<String> handlers() {
        List<String> all = new ArrayList<>(List.of(HandlerChoice.SVA));
        handlers.stream().filter(word -> !all.contains(word)).forEach(all::add);
        return all;
    }

    /** Returns the maps of trace {@code i}; empty if everything is granted. */
    Optional<Path> maps(int i) throws BadInput {
        if (maps.size() > 1 && maps.size() != traces.size()) {
            throw new BadInput("--maps: %d files for %d traces; give one for all, or one for each"
                    .formatted(maps.size(), traces.size()));
        }
        return maps.isEmpty() ? Optional.empty() : Optional.of(maps.get(maps.size() == 1 ? 0 : i));
    }

    String json() {
        return json;
    }

    /** Returns the file of {@code --plot}; empty if there is none. */
    Optional<Path> plot() throws BadInput {
        if (plot != null && !ComparisonPlot.supported(plot)) {
            throw new BadInput("--plot " + plot + ": the name ends in neither .svg nor .png");
        }
        return Optional.ofNullable(plot);
    }

    /** Returns what is modelled, for a title. */
    String model() throws BadInput {
        return "%s behind %s"
                .formatted(endpoint() == EndpointKind.STALL ? "a stalling device" : "a PCIe function", kind());
    }

    private Backend kind() throws BadInput {
        return Backend.named(backend)
                .orElseThrow(() -> new BadInput("--backend " + backend + ": not one of vtd, smmuv3"));
    }

    private EndpointKind endpoint() throws BadInput {
        Backend kind = kind();
        return endpoint == null ? EndpointKind.usual(kind) : EndpointKind.of(endpoint, kind);
    }

    /**
     * Returns the conditions of the trials.
     *
     * @throws BadInput if a number is out of its range
     */
    Conditions conditions() throws BadInput {
        boolean stalls = endpoint() == EndpointKind.STALL;
        if (stalls && groupSize != 1) {
            throw new BadInput("--group-size " + groupSize + ": a stall is a group of 1; take --endpoint pcie");
        }
        Conditions usual = stalls ? Conditions.STALL : Conditions.PCIE;
        Costs costs = usual.costs();
        try {
            return new Conditions(
                    or(tlbEntries, usual.tlbEntries()),
                    groupSize,
                    new Costs(
                            or(translate, costs.translate()),
                            or(fault, costs.fault()),
                            or(call, costs.call()),
                            or(populate, costs.populate()),
                            or(invalidate, costs.invalidate())),
                    jitter,
                    seed,
                    real);
        } catch (IllegalArgumentException e) {
            throw new BadInput("compare: " + e.getMessage(), e);
        }
    }

    private static <T> T or(T given, T usual) {
        return given == null ? usual : given;
    }
}
