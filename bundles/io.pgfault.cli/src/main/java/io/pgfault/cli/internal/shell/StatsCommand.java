// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Counter;
import io.pgfault.api.bus.Unit;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Platform;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code iopf stats}: every counter and the latencies, unit by unit. */
@Command(name = "stats", mixinStandardHelpOptions = true, description = "Prints counters and latencies of every unit.")
public final class StatsCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    public StatsCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        for (Unit unit : platform.units()) {
            out.println(unit.name());
            for (Counter counter : Counter.values()) {
                String words = counter.name().toLowerCase(Locale.ROOT).replace('_', ' ');
                out.printf("  %-20s %,14d%n", words, unit.queue().counters().get(counter));
            }
            out.println("  latency              " + Quantity.of(unit.queue().latency()));
        }
        return 0;
    }
}
