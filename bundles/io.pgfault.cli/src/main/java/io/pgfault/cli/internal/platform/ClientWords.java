// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.api.watch.WatchedAttachment;
import io.pgfault.api.watch.WatchedClient;
import io.pgfault.api.watch.WatchedDevice;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The clients of domains, in a word: {@code connected}, {@code gone}, or nothing for a domain without the notion. */
public final class ClientWords {
    private final Map<String, WatchedClient> clients;

    /** Words for what the core knows of clients now. */
    public ClientWords(List<WatchedClient> clients) {
        this.clients =
                clients.stream().collect(Collectors.toMap(WatchedClient::domain, client -> client, (one, two) -> two));
    }

    /** Whether a domain has its client. */
    public String of(String domain) {
        WatchedClient client = clients.get(domain);
        if (client == null) {
            return "";
        }
        return client.connected() ? "connected" : "gone";
    }

    /** Whether a device's domains have their clients: {@code gone} if one of them has none. */
    public String of(WatchedDevice device) {
        List<String> words = device.attachments().stream()
                .map(WatchedAttachment::domain)
                .map(this::of)
                .toList();
        return words.contains("gone") ? "gone" : words.contains("connected") ? "connected" : "";
    }
}
