// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.handler.FaultHandler;
import io.pgfault.cli.internal.platform.Platform;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.Callable;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code iopf handlers}: the fault handlers, in the order in which the core asks them. */
@Command(name = "handlers", mixinStandardHelpOptions = true, description = "Lists the fault handlers.")
public final class HandlersCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    public HandlersCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%-12s %8s %-7s %s%n", "domain kind", "ranking", "inline", "bundle");
        platform.references(FaultHandler.class).stream()
                .sorted(Comparator.<ServiceReference<FaultHandler>>naturalOrder()
                        .reversed())
                .forEach(reference -> {
                    Object kind = reference.getProperty(FaultHandler.DOMAIN_KIND);
                    Object ranking = reference.getProperty(Constants.SERVICE_RANKING);
                    out.printf(
                            "%-12s %8s %-7s %s%n",
                            kind instanceof String[] kinds ? Arrays.toString(kinds) : kind,
                            ranking == null ? 0 : ranking,
                            Boolean.TRUE.equals(reference.getProperty(FaultHandler.INLINE)) ? "yes" : "no",
                            reference.getBundle());
                });
        return 0;
    }
}
