// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Counter;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.RequesterId;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.cli.internal.console.Listing;
import io.pgfault.cli.internal.platform.ClientWords;
import io.pgfault.cli.internal.platform.Platform;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code iopf devices}: the devices that the core knows, with their domains. */
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        description = {
            "Lists the devices: id, domains by PASID, the client that answers for them, pending groups, open requests,",
            "and answers."
        },
        footer = {"", "Example (in the shell of iopf serve):", "  devices", "  devices --json"})
public final class DevicesCommand extends ListingCommand {
    private final Platform platform;

    @Option(names = "--unit", paramLabel = "UNIT", description = "Only devices of this unit.")
    private String unit;

    /** Makes the command for a platform. */
    public DevicesCommand(Platform platform) {
        this.platform = platform;
    }

    /** An IOMMUFD device id is a plain number; every other unit names a device by requester id or StreamID. */
    private static String id(String kind, int id) {
        return "iommufd".equals(kind) ? Integer.toUnsignedString(id) : RequesterId.format(id);
    }

    /** The domains by PASID, {@code -} for the device's accesses without one. */
    private static String domains(WatchedDevice device) {
        return device.attachments().stream()
                .map(at -> (at.pasid() == Pasid.NONE ? "-" : at.pasid()) + ":" + at.domain())
                .collect(Collectors.joining(" "));
    }

    @Override
    Listing listing() throws Exception {
        Listing listing = new Listing()
                .text("device", "device")
                .text("unit", "unit")
                .text("id", "id")
                .text("domains", "domains")
                .text("client", "client")
                .number("pending", "pending")
                .number("open", "partialRequests")
                .number("requests", "requests")
                .number("success", "success")
                .number("invalid", "invalid")
                .number("failure", "failure");
        Map<String, String> kinds = platform.unitKinds();
        FaultWatch watch = platform.service(FaultWatch.class);
        ClientWords clients = new ClientWords(watch.clients());
        for (WatchedDevice device : watch.devices()) {
            if (unit != null && !unit.equals(device.unit())) {
                continue;
            }
            listing.row(
                    device.name(),
                    device.unit(),
                    id(kinds.get(device.unit()), device.id()),
                    domains(device),
                    clients.of(device),
                    device.pendingGroups(),
                    device.partialRequests(),
                    device.counters().get(Counter.REQUESTS),
                    device.counters().get(Counter.SUCCESS),
                    device.counters().get(Counter.INVALID),
                    device.counters().get(Counter.FAILURE));
        }
        return listing;
    }
}
