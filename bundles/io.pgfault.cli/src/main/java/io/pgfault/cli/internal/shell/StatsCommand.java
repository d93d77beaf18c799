// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Counter;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Latency;
import io.pgfault.cli.internal.console.JsonOutput;
import io.pgfault.cli.internal.console.Listing;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Platform;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf stats}: every counter and the latencies, unit by unit, with rates on request. */
@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        description = "Prints counters and latencies of every unit, with rates after --watch.")
public final class StatsCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "UNIT", description = "Only these units (default: all).")
    private List<String> only = List.of();

    @Option(
            names = "--watch",
            paramLabel = "TIMES",
            arity = "0..1",
            defaultValue = "0",
            fallbackValue = "10",
            description = "Print TIMES times, one second apart, with counts per second (10 if TIMES is left out).")
    private int times;

    @Option(names = "--json", description = "Print JSON: an object for each time.")
    private boolean json;

    /** Makes the command for a platform. */
    public StatsCommand(Platform platform) {
        this.platform = platform;
    }

    /** The command line of the verb, whose help has the meaning of each counter. */
    public static CommandLine explained(Platform platform) {
        CommandLine line = new CommandLine(new StatsCommand(platform));
        StringBuilder footer = new StringBuilder("%nCounters:%n");
        for (Counter counter : Counter.values()) {
            footer.append("  %-19s %s%%n".formatted(CounterWords.name(counter), CounterWords.meaning(counter)));
        }
        footer.append("Latency is from the close of a group to its response. p99 19 µs: 99 of 100 groups took no%n"
                + "longer. Within a slice of an event thread, one group of each 16 is measured.%n"
                + "%nExample (in the shell of iopf serve):%n  stats --watch 5");
        line.getCommandSpec().usageMessage().footer(footer.toString()).width(Listing.WIDTH);
        return line;
    }

    @Override
    public Integer call() throws Exception {
        Map<String, long[]> before = new HashMap<>();
        if (times == 0) {
            print(before, 1);
        }
        for (int i = 0; i < times; i++) {
            before.clear();
            long start = System.nanoTime();
            queues().forEach(queue -> before.put(queue.name(), counts(queue)));
            TimeUnit.SECONDS.sleep(1);
            print(before, System.nanoTime() - start);
        }
        return 0;
    }

    private List<FaultQueue> queues() throws Exception {
        return platform.service(IoPageFaults.class).queues().stream()
                .filter(queue -> only.isEmpty() || only.contains(queue.name()))
                .sorted(Comparator.comparing(FaultQueue::name))
                .toList();
    }

    private void print(Map<String, long[]> before, long nanos) throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        JsonArrayBuilder units = Json.createArrayBuilder();
        for (FaultQueue queue : queues()) {
            long[] now = counts(queue);
            long[] then = before.get(queue.name());
            if (json) {
                units.add(json(queue, now));
                continue;
            }
            out.println(queue.name());
            Counter[] all = Counter.values();
            for (int i = 0; i < all.length; i++) {
                long count = now[i];
                out.printf(
                        "  %-20s %,14d%s%n",
                        CounterWords.name(all[i]),
                        count,
                        then == null ? "" : " %12s".formatted(Quantity.perSecond(count - then[i], nanos)));
            }
            out.println("  latency              " + Quantity.of(queue.latency()));
        }
        if (json) {
            JsonOutput.write("-", Json.createObjectBuilder().add("stats", units).build(), out);
        }
        out.flush();
    }

    private static long[] counts(FaultQueue queue) {
        Counter[] all = Counter.values();
        long[] counts = new long[all.length];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = queue.counters().get(all[i]);
        }
        return counts;
    }

    private static JsonObjectBuilder json(FaultQueue queue, long... counts) {
        JsonObjectBuilder counters = Json.createObjectBuilder();
        Counter[] all = Counter.values();
        for (int i = 0; i < counts.length; i++) {
            counters.add(CounterWords.name(all[i]), counts[i]);
        }
        Latency latency = queue.latency();
        return Json.createObjectBuilder()
                .add("unit", queue.name())
                .add("counters", counters)
                .add(
                        "latencyNanos",
                        Json.createObjectBuilder()
                                .add("count", latency.count())
                                .add("p50", latency.p50())
                                .add("p90", latency.p90())
                                .add("p99", latency.p99())
                                .add("p999", latency.p999())
                                .add("max", latency.max()));
    }
}
