// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Pasid;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.cli.internal.console.Listing;
import io.pgfault.cli.internal.platform.ClientWords;
import io.pgfault.cli.internal.platform.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;

/** {@code iopf domains}: the domains that devices are, or can be, attached to. */
@Command(
        name = "domains",
        mixinStandardHelpOptions = true,
        description = "Lists the domains: their kind, their client, where they are attached, and their pending groups.",
        footer = {"", "Example (in the shell of iopf serve):", "  domains", "  attach nic0 vm0 --pasid 7"})
public final class DomainsCommand extends ListingCommand {
    private final Platform platform;

    /** Makes the command for a platform. */
    public DomainsCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    Listing listing() throws Exception {
        Listing listing = new Listing()
                .text("domain", "domain")
                .text("kind", "kind")
                .text("client", "client")
                .text("attached to", "attachedTo")
                .number("pending", "pending");
        Map<String, String> kinds = new TreeMap<>(platform.domainKinds());
        Map<String, List<String>> places = new TreeMap<>();
        FaultWatch watch = platform.service(FaultWatch.class);
        for (WatchedDevice device : watch.devices()) {
            device.attachments().forEach(at -> {
                kinds.put(at.domain(), at.kind());
                places.computeIfAbsent(at.domain(), name -> new ArrayList<>())
                        .add(device.name() + (at.pasid() == Pasid.NONE ? "" : " pasid " + at.pasid()));
            });
        }
        List<PendingGroup> pending = watch.pending();
        ClientWords clients = new ClientWords(watch.clients());
        kinds.forEach((domain, kind) -> listing.row(
                domain,
                kind,
                clients.of(domain),
                String.join(", ", places.getOrDefault(domain, List.of())),
                pending.stream().filter(group -> group.domain().equals(domain)).count()));
        return listing;
    }
}
