// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Domain;
import io.pgfault.cli.internal.platform.Platform;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code iopf domains}: the domains that devices can be attached to. */
@Command(
        name = "domains",
        mixinStandardHelpOptions = true,
        description = "Lists the domains that devices can be attached to.")
public final class DomainsCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    public DomainsCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%-16s %s%n", "domain", "kind");
        for (Domain domain : platform.domains()) {
            out.printf("%-16s %s%n", domain.name(), domain.kind());
        }
        return 0;
    }
}
