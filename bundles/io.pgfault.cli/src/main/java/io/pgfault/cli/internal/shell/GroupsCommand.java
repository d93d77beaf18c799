// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.cli.internal.console.Listing;
import io.pgfault.cli.internal.platform.Platform;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code iopf groups}: the groups that wait for their response. */
@Command(
        name = "groups",
        mixinStandardHelpOptions = true,
        description = "Lists the pending groups, the oldest first: where each comes from, and which handler has it.",
        footer = {"", "Example (in the shell of iopf serve):", "  groups", "  groups --device nic0 --most 5 --json"})
public final class GroupsCommand extends ListingCommand {
    private final Platform platform;

    /** Makes the command for a platform. */
    public GroupsCommand(Platform platform) {
        this.platform = platform;
    }

    @Option(
            names = "--most",
            paramLabel = "N",
            defaultValue = "40",
            description = "Print N groups at most (default: ${DEFAULT-VALUE}).")
    private int most = 40;

    @Option(names = "--device", paramLabel = "DEVICE", description = "Only groups of this device.")
    private String device;

    @Option(names = "--handler", paramLabel = "HANDLER", description = "Only groups that this handler has.")
    private String handler;

    private boolean isWanted(PendingGroup group) {
        return (device == null || device.equals(group.device()))
                && (handler == null || handler.equals(group.handler()));
    }

    private static void row(Listing listing, PendingGroup group) {
        listing.row(
                new Listing.Nanos(group.ageNanos()),
                group.unit(),
                group.device(),
                group.pasid() == Pasid.NONE ? "-" : String.valueOf(group.pasid()),
                group.index(),
                group.requests(),
                "0x" + Long.toHexString(group.address()),
                Permissions.toString(group.permissions()),
                group.state().name().toLowerCase(Locale.ROOT),
                group.handler());
    }

    @Override
    Listing listing() throws Exception {
        Listing listing = new Listing()
                .number("age", "age")
                .text("unit", "unit")
                .text("device", "device")
                .text("pasid", "pasid")
                .number("group", "group")
                .number("requests", "requests")
                .text("address", "address")
                .text("access", "access")
                .text("state", "state")
                .text("handler", "handler");
        platform.service(FaultWatch.class).pending().stream()
                .filter(this::isWanted)
                .limit(most)
                .forEach(group -> row(listing, group));
        return listing;
    }
}
