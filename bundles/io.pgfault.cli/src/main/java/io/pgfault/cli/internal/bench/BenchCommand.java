// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.bench;

import io.pgfault.api.Counter;
import io.pgfault.api.bus.Unit;
import io.pgfault.bench.Bench;
import io.pgfault.bench.Hiccups;
import io.pgfault.bench.Load;
import io.pgfault.bench.Measured.Latency;
import io.pgfault.bench.Measured.Throughput;
import io.pgfault.bench.Target;
import io.pgfault.bench.Yardstick;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.JsonOutput;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Backend;
import io.pgfault.cli.internal.platform.BuiltInPlatform;
import io.pgfault.cli.internal.platform.EndpointKind;
import io.pgfault.cli.internal.platform.Platform;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code iopf bench}: throughput and latency of this machine, beside a naive framework. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures throughput and latency of this machine, from a device's request to the response at the device.",
            "Throughput is closed loop: a device asks again as soon as a group is answered. A naive framework (locks,",
            "lists, objects, a thread pool) does the same work in turn; the ratio compares both.",
            "Latency is open loop at half of that throughput: from the time at which a group was due to its response.",
            "Also printed, measured in turn: how late the device itself asked, and how late idle threads woke."
        },
        footer = {
            "",
            "Examples:",
            "  iopf bench",
            "  iopf bench --handler workers --group-size 8 --seconds 5",
            "  iopf bench --backend smmuv3 --handler sva --plot latency.svg",
            "",
            "Exit codes: 0 measured, 1 something broke, 2 bad usage."
        })
public final class BenchCommand implements Callable<Integer> {
    /** A plot shows latency at these shares of the measured throughput. */
    private static final List<Double> PLOTTED = List.of(0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9);

    private static final double SHARE = 0.5;
    private static final int ROUNDS = 8;
    private static final double SHORTEST_SECONDS = 0.01;
    private static final double LONGEST_SECONDS = 3_600;

    private final Platform platform;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--backend",
            paramLabel = "KIND",
            defaultValue = "vtd",
            description = "The kind of unit: vtd or smmuv3 (default: ${DEFAULT-VALUE}).")
    private String backendName;

    @Option(
            names = "--endpoint",
            paramLabel = "KIND",
            description = "The kind of device: pcie or pri (the same), or stall"
                    + " (default: pcie behind vtd and for groups of several, stall behind smmuv3).")
    private String endpointName;

    @Option(
            names = "--handler",
            paramLabel = "HANDLER",
            defaultValue = "inline",
            description = "The handler: inline (on the event thread), workers, or sva (default: ${DEFAULT-VALUE}).")
    private String handlerName;

    @Option(
            names = "--group-size",
            paramLabel = "N",
            defaultValue = "1",
            description = "Requests in a group, 1 to 512 (default: ${DEFAULT-VALUE}).")
    private int groupSize;

    @Option(
            names = "--outstanding",
            paramLabel = "N",
            defaultValue = "256",
            description = "Groups in flight at a time, of all devices, 1 to 100000 (default: ${DEFAULT-VALUE}).")
    private int outstanding;

    @Option(
            names = "--devices",
            paramLabel = "N",
            defaultValue = "1",
            description = "Devices, 1 to 4096 (default: ${DEFAULT-VALUE}).")
    private int devices;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "3",
            description = "How long each measurement takes, after as long to warm up (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--json",
            paramLabel = "FILE|-",
            description = "Write the results as JSON; with -, standard output carries the JSON and nothing else.")
    private String json;

    @Option(
            names = "--plot",
            paramLabel = "FILE.svg",
            description = "Draw latency against load; takes several more measurements.")
    private String plot;

    public BenchCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        Backend backend = Backend.named(backendName)
                .orElseThrow(() -> new BadInput("--backend " + backendName + ": not one of vtd, smmuv3"));
        EndpointKind endpoint = endpointName != null
                ? EndpointKind.of(endpointName, backend)
                : groupSize > 1 ? EndpointKind.PCIE : EndpointKind.usual(backend);
        BenchHandler handler = BenchHandler.named(handlerName);
        Load load = load(endpoint == EndpointKind.STALL);
        if (!(seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS)) {
            throw new BadInput("--seconds " + seconds + ": not 0.01 to 3600");
        }
        if (plot != null && !plot.endsWith(".svg")) {
            throw new BadInput("--plot " + plot + ": a name that ends with .svg");
        }
        if (!platform.units().isEmpty()) {
            throw new BadInput("bench makes a platform of its own, and there is one already; use the command line");
        }
        int order = order(backend, load);
        try (Platform.Configured configured = platform.configure(BuiltInPlatform.bench(backend, order, load));
                BenchHandler.Domains domains = handler.prepare(platform, load.pasids())) {
            Unit unit = platform.units().get(0);
            String format = load.stalls() ? "evtq" : backend == Backend.VTD ? "prq" : "priq";
            Target target = new UnitTarget(unit, unit.ring(format).orElseThrow(), domains);
            BenchSummary summary = measure(backend, handler, load, target, 1L << order);
            long overflows = unit.queue().counters().get(Counter.OVERFLOWS);
            PrintWriter err = spec.commandLine().getErr();
            Throughput ours = summary.ours();
            if (overflows > 0 || ours.refused() > 0 || ours.hits() > 0 || ours.uncounted() != 0) {
                err.printf(
                        "iopf: bench: %s, %s not answered SUCCESS, %s that the core did not count, %s that did not fault:"
                                + " the numbers are not those of the handler%n",
                        Quantity.count(overflows, "queue overflow", "queue overflows"),
                        Quantity.count(ours.refused(), "group", "groups"),
                        Quantity.count(ours.uncounted(), "group", "groups"),
                        Quantity.count(ours.hits(), "access", "accesses"));
            }
            PrintWriter out = spec.commandLine().getOut();
            if (!"-".equals(json)) {
                summary.print(out);
            }
            JsonOutput.write(json, summary.toJson(), out);
            if (plot != null) {
                LatencyPlot.write(plot, summary);
            }
        }
        return 0;
    }

    private Load load(boolean stalls) throws BadInput {
        try {
            return new Load(devices, outstanding, groupSize, stalls);
        } catch (IllegalArgumentException e) {
            throw new BadInput("--" + e.getMessage(), e);
        }
    }

    /**
     * Returns log2 of the smallest queue that holds all requests twice, else of the largest, in which devices wait for
     * room.
     */
    private static int order(Backend backend, Load load) {
        int largest = backend == Backend.VTD ? 14 : 19;
        int order = 12;
        while (order < largest && 1L << order <= 2 * load.requests()) {
            order++;
        }
        return order;
    }

    private BenchSummary measure(Backend backend, BenchHandler handler, Load load, Target target, long room)
            throws InterruptedException {
        long nanos = (long) (seconds * 1e9);
        Throughput ours = null;
        Throughput naive = null;
        Load pageRequests = new Load(load.devices(), load.outstanding(), load.groupSize(), false);
        try (Yardstick yardstick = new Yardstick(handler == BenchHandler.INLINE);
                Bench bench = new Bench(load, target, room);
                Bench naiveBench = new Bench(pageRequests, yardstick, Long.MAX_VALUE)) {
            bench.throughput(nanos);
            naiveBench.throughput(nanos);
            for (int i = 0; i < ROUNDS; i++) {
                ours = plus(ours, bench.throughput(nanos / ROUNDS));
                naive = plus(naive, naiveBench.throughput(nanos / ROUNDS));
            }
        }
        if (ours.groups() == 0) {
            throw new IllegalStateException("no access faulted: there is nothing to measure");
        }
        int lookers = Math.min(2, Runtime.getRuntime().availableProcessors());
        Histogram machine = null;
        List<Latency> points = new ArrayList<>();
        Latency latency = null;
        try (Bench bench = Bench.timed(load, target, room)) {
            double most = ours.groupsPerSecond();
            bench.latency(SHARE * most, nanos);
            // The two take turns, because the share of time that the machine takes changes from second to second.
            for (int i = 0; i < ROUNDS; i++) {
                Latency next = bench.latency(SHARE * most, nanos / ROUNDS);
                latency = latency == null ? next : latency.plus(next);
                Histogram held = Hiccups.measure(lookers, nanos / ROUNDS);
                if (machine == null) {
                    machine = held;
                } else {
                    machine.add(held);
                }
            }
            for (double share : plot == null ? List.<Double>of() : PLOTTED) {
                points.add(bench.latency(share * most, nanos));
            }
        }
        return new BenchSummary(backend, handler, load, ours, naive, latency, machine, points);
    }

    private static Throughput plus(Throughput sum, Throughput next) {
        return sum == null ? next : sum.plus(next);
    }
}
