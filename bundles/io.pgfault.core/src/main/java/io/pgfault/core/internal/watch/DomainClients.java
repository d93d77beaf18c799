// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.watch;

import io.pgfault.api.watch.DomainClient;
import io.pgfault.api.watch.WatchedClient;
import io.pgfault.parts.RateLimitedLog;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** The clients of domains that bundles have registered. Any thread. */
public final class DomainClients {
    private static final System.Logger LOG = System.getLogger(DomainClients.class.getName());

    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final List<DomainClient> clients = new CopyOnWriteArrayList<>();

    /** A service has come. */
    public void add(DomainClient client) {
        clients.add(client);
    }

    /** A service goes. */
    public void remove(DomainClient client) {
        clients.remove(client);
    }

    /** The clients now. A service that throws is left out: the other clients, and other troubles, are still seen. */
    List<WatchedClient> watched() {
        return clients.stream().flatMap(this::watched).toList();
    }

    private Stream<WatchedClient> watched(DomainClient client) {
        try {
            return Stream.of(new WatchedClient(client.domain(), Math.max(0, client.absentNanos())));
        } catch (RuntimeException | Error e) {
            log.warning(
                    () -> "a domain's client can't be asked, correct "
                            + client.getClass().getName(),
                    e);
            return Stream.empty();
        }
    }
}
