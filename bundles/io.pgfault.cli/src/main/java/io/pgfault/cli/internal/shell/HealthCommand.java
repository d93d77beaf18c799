// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.Trouble;
import io.pgfault.cli.internal.console.Listing;
import io.pgfault.cli.internal.platform.Platform;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code iopf health}: what is wrong with the running platform. */
@Command(
        name = "health",
        mixinStandardHelpOptions = true,
        description = {
            "Says what is wrong now: groups that wait too long, deadlines missed, bounds reached, queue overflows,",
            "domains without a handler or a client. The command status says which components are broken."
        },
        footer = {"", "Example (in the shell of iopf serve):", "  health", "  health --json"})
public final class HealthCommand extends ListingCommand {
    private final Platform platform;

    /** Makes the command for a platform. */
    public HealthCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        if (!json() && troubles().isEmpty()) {
            out().println("healthy");
            return 0;
        }
        return super.call();
    }

    private List<Trouble> troubles() throws Exception {
        return platform.service(FaultWatch.class).troubles();
    }

    @Override
    Listing listing() throws Exception {
        Listing listing = new Listing()
                .text("trouble", "trouble")
                .number("count", "count")
                .text("what to do", "text");
        troubles()
                .forEach(trouble -> listing.row(
                        trouble.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        trouble.count(),
                        trouble.text()));
        return listing;
    }
}
