// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.WatchedHandler;
import io.pgfault.cli.internal.console.Listing;
import io.pgfault.cli.internal.platform.Platform;
import picocli.CommandLine.Command;

/** {@code iopf handlers}: the fault handlers, in the order in which the core asks them. */
@Command(
        name = "handlers",
        mixinStandardHelpOptions = true,
        description =
                "Lists the fault handlers of each kind of domain, in the order of being asked. Time within a handler is sampled.",
        footer = {"", "Example (in the shell of iopf serve):", "  handlers", "  handlers --json"})
public final class HandlersCommand extends ListingCommand {
    private final Platform platform;

    /** Makes the command for a platform. */
    public HandlersCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    Listing listing() throws Exception {
        Listing listing = new Listing()
                .text("domain kind", "kind")
                .number("ranking", "ranking")
                .text("inline", "inline")
                .text("handler", "handler")
                .number("held", "heldGroups")
                .number("calls", "calls")
                .number("time", "time")
                .number("each", "eachCall");
        for (WatchedHandler handler : platform.service(FaultWatch.class).handlers()) {
            listing.row(
                    handler.kind(),
                    handler.ranking(),
                    handler.inline() ? "yes" : "no",
                    handler.name(),
                    handler.heldGroups(),
                    handler.calls(),
                    new Listing.Nanos(handler.handleNanos()),
                    new Listing.Nanos(handler.handleNanos() / Math.max(1, handler.calls())));
        }
        return listing;
    }
}
