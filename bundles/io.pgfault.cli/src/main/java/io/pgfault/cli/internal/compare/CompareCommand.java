// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import io.pgfault.api.Permissions;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Sva;
import io.pgfault.cli.internal.console.JsonOutput;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.lab.Bound;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Lab;
import io.pgfault.lab.TrialStopped;
import io.pgfault.trace.AccessFiles;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.MapsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.osgi.framework.BundleContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code iopf compare}: the same traces under several handlers, each in a fresh address space. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Compares fault handlers: the same memory accesses under each, in a fresh address space.",
            "The time is virtual, so the same trace, seed and handler give the same numbers. The row oracle is what no"
                    + " handler beats."
        },
        footer = {
            "",
            "Examples:",
            "  iopf compare --handler next.jar --maps cat.maps cat.lackey.gz",
            "  iopf compare --handler a.jar --handler b.jar --plot ab.svg --json ab.json --maps p.maps p.lackey.gz",
            "  iopf compare --backend smmuv3 --endpoint stall --fault-nanos 5000 p.lackey.gz",
            "",
            "The times of the model are published measurements, or are derived from them as io.pgfault.lab.Costs says:",
            "  [Lu]          linux-kernel, 2021-03-09, [RFC PATCH v2 0/6] Add IOPF support for VFIO passthrough",
            "  [Neugebauer]  Understanding PCIe performance for end host networking, SIGCOMM 2018",
            "  [Vesely]      Observations and Opportunities in Architecting Shared Virtual Memory for Heterogeneous",
            "                Systems, ISPASS 2016",
            "  [Mhetre]      linux-kernel, 2024-08-06, [PATCH V4] iommu/io-pgtable-arm: Optimise non-coherent unmap",
            "",
            "Exit codes: 0 compared, 1 a handler can't be run, 2 bad usage or unreadable input."
        })
public final class CompareCommand implements Callable<Integer> {
    /** Grants everything everywhere, shared, so that a page that was read doesn't fault again on a write. */
    private static final List<Area> EVERYTHING =
            List.of(new Area(0, -1L, Permissions.READ | Permissions.WRITE | Permissions.EXEC, true, 0, ""));

    private final Platform platform;
    private final BundleContext context;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CompareOptions options;

    /** Makes the command for the framework of {@code context}. */
    public CompareCommand(Platform platform, BundleContext context) {
        this.platform = platform;
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        Conditions conditions = options.conditions();
        List<Path> traces = options.traces();
        Optional<Path> plot = options.plot();
        List<HandlerChoice> handlers = new ArrayList<>();
        List<Compared> all = new ArrayList<>();
        try {
            for (String word : options.handlers()) {
                handlers.add(HandlerChoice.of(context, word));
            }
            for (int i = 0; i < traces.size(); i++) {
                all.add(compare(conditions, traces.get(i), options.maps(i), handlers));
            }
        } catch (TrialStopped e) {
            spec.commandLine().getErr().println("iopf: compare: " + e.getMessage());
            return 1;
        } finally {
            for (HandlerChoice handler : handlers) {
                handler.close();
            }
        }
        if (!"-".equals(options.json())) {
            new ComparisonText(spec.commandLine().getOut()).print(options.model(), conditions, all);
        }
        JsonOutput.write(
                options.json(),
                ComparisonJson.of(conditions, all),
                spec.commandLine().getOut());
        if (plot.isPresent()) {
            ComparisonPlot.write(plot.get(), all);
        }
        return 0;
    }

    private Compared compare(Conditions conditions, Path trace, Optional<Path> maps, List<HandlerChoice> handlers)
            throws IOException, InterruptedException, TrialStopped {
        Lab lab = platform.service(Lab.class);
        Sva sva = platform.service(Sva.class);
        List<Area> areas = maps.isEmpty() ? EVERYTHING : MapsFile.read(maps.get());
        Bound bound;
        try (AccessSource accesses = AccessFiles.open(trace)) {
            bound = lab.bound(conditions, accesses, areas);
        }
        FaultHandler last = handlers.get(0).fresh();
        List<Compared.Row> rows = new ArrayList<>();
        for (HandlerChoice choice : handlers) {
            FaultHandler handler = choice.fresh();
            List<FaultHandler> chain = handler == last ? List.of(last) : List.of(handler, last);
            try (AccessSource accesses = AccessFiles.open(trace);
                    AddressSpace space = sva.create("compare " + choice.name(), areas)) {
                rows.add(new Compared.Row(choice.name(), lab.run(conditions, accesses, space, chain)));
            } catch (TrialStopped e) {
                throw new TrialStopped(choice.name() + ": " + e.getMessage());
            }
        }
        return new Compared(trace.toString(), maps.map(Path::toString).orElse(""), bound, rows);
    }
}
