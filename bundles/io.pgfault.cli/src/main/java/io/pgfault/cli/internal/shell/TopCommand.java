// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Counter;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.cli.internal.console.Listing;
import io.pgfault.cli.internal.platform.Platform;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code iopf top}: the devices by faults per second. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = "Lists the devices by page requests per second, each second anew.",
        footer = {"", "Example (in the shell of iopf serve):", "  top", "  top --watch 10 --most 5"})
public final class TopCommand extends ListingCommand {
    private final Platform platform;

    @Option(
            names = "--watch",
            paramLabel = "TIMES",
            defaultValue = "1",
            description = "Print so many tables, one each second (default: ${DEFAULT-VALUE}).")
    private int times = 1;

    @Option(
            names = "--most",
            paramLabel = "N",
            defaultValue = "20",
            description = "Print N devices at most (default: ${DEFAULT-VALUE}).")
    private int most = 20;

    @Option(names = "--unit", paramLabel = "UNIT", description = "Only devices of this unit.")
    private String unit;

    private record Rate(WatchedDevice device, long requests, long groups, long refused) {}

    /** Makes the command for a platform. */
    public TopCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        for (int i = 0; i < times; i++) {
            print(listing());
        }
        return 0;
    }

    @Override
    Listing listing() throws Exception {
        FaultWatch watch = platform.service(FaultWatch.class);
        Map<String, long[]> before = new HashMap<>();
        long start = System.nanoTime();
        watch.devices().forEach(device -> before.put(key(device), counts(device)));
        TimeUnit.SECONDS.sleep(1);
        long nanos = System.nanoTime() - start;
        List<Rate> rates = watch.devices().stream()
                .filter(device -> unit == null || unit.equals(device.unit()))
                .filter(device -> before.containsKey(key(device)))
                .map(device -> rate(device, before.get(key(device)), nanos))
                .sorted(Comparator.comparingLong(Rate::requests).reversed())
                .limit(most)
                .toList();
        Listing listing = new Listing()
                .text("device", "device")
                .text("unit", "unit")
                .number("requests/s", "requestsPerSecond")
                .number("groups/s", "groupsPerSecond")
                .number("not granted/s", "notGrantedPerSecond")
                .number("pending", "pending");
        rates.forEach(rate -> listing.row(
                rate.device().name(),
                rate.device().unit(),
                rate.requests(),
                rate.groups(),
                rate.refused(),
                rate.device().pendingGroups()));
        return listing;
    }

    private static Rate rate(WatchedDevice device, long[] before, long nanos) {
        long[] now = counts(device);
        for (int i = 0; i < now.length; i++) {
            now[i] = (now[i] - before[i]) * TimeUnit.SECONDS.toNanos(1) / nanos;
        }
        return new Rate(device, now[0], now[1], now[2]);
    }

    private static long[] counts(WatchedDevice device) {
        return new long[] {
            device.counters().get(Counter.REQUESTS),
            device.counters().get(Counter.GROUPS),
            device.counters().get(Counter.INVALID) + device.counters().get(Counter.FAILURE)
        };
    }

    private static String key(WatchedDevice device) {
        return device.unit() + "/" + device.name();
    }
}
