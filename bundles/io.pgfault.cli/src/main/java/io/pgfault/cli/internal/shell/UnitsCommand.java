// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Latency;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.cli.internal.console.Listing;
import io.pgfault.cli.internal.platform.Platform;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code iopf units}: the units that have a fault queue. */
@Command(
        name = "units",
        mixinStandardHelpOptions = true,
        description = "Lists the units with what was counted and the latency from close to response.",
        footer = {"", "Example (in the shell of iopf serve):", "  units --json"})
public final class UnitsCommand extends ListingCommand {
    private final Platform platform;

    /** Makes the command for a platform. */
    public UnitsCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    Listing listing() throws Exception {
        Listing listing = new Listing()
                .text("unit", "unit")
                .text("kind", "kind")
                .number("devices", "devices")
                .number("requests", "requests")
                .number("groups", "groups")
                .number("pending", "pending")
                .number("overflows", "overflows")
                .number("p50", "p50")
                .number("p99", "p99");
        Map<String, String> kinds = platform.unitKinds();
        List<WatchedDevice> devices = platform.service(FaultWatch.class).devices();
        List<FaultQueue> queues = platform.service(IoPageFaults.class).queues().stream()
                .sorted(Comparator.comparing(FaultQueue::name))
                .toList();
        for (FaultQueue queue : queues) {
            Counters counters = queue.counters();
            Latency latency = queue.latency();
            listing.row(
                    queue.name(),
                    kinds.getOrDefault(queue.name(), ""),
                    queue.devices().size(),
                    counters.get(Counter.REQUESTS),
                    counters.get(Counter.GROUPS),
                    devices.stream()
                            .filter(device -> device.unit().equals(queue.name()))
                            .mapToInt(WatchedDevice::pendingGroups)
                            .sum(),
                    counters.get(Counter.OVERFLOWS),
                    new Listing.Nanos(latency.p50()),
                    new Listing.Nanos(latency.p99()));
        }
        return listing;
    }
}
