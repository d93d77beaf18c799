// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Counter;
import io.pgfault.api.bus.Unit;
import io.pgfault.cli.internal.platform.Platform;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code iopf units}: the units of the platform. */
@Command(name = "units", mixinStandardHelpOptions = true, description = "Lists the units.")
public final class UnitsCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    public UnitsCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%-12s %-8s %8s %12s %12s%n", "unit", "kind", "devices", "requests", "groups");
        for (Unit unit : platform.units()) {
            out.printf(
                    "%-12s %-8s %8d %,12d %,12d%n",
                    unit.name(),
                    unit.kind(),
                    unit.queue().devices().size(),
                    unit.queue().counters().get(Counter.REQUESTS),
                    unit.queue().counters().get(Counter.GROUPS));
        }
        return 0;
    }
}
