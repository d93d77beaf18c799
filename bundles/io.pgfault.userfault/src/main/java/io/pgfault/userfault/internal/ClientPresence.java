// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.watch.DomainClient;

/** Whether a queue has a client. The queue's thread says what changes; any thread asks. */
final class ClientPresence implements DomainClient {
    private final String domain;
    /** When the last client left, or when the queue was made. Written by the queue's thread, read by any thread. */
    private volatile long since = System.nanoTime();
    /** Written by the queue's thread, after {@link #since}; read by any thread. */
    private volatile boolean connected;

    ClientPresence(String domain) {
        this.domain = domain;
    }

    void came() {
        connected = true;
    }

    /** @param time the time at which the client left, by {@link System#nanoTime} */
    void left(long time) {
        since = time;
        connected = false;
    }

    @Override
    public String domain() {
        return domain;
    }

    @Override
    public long absentNanos() {
        return connected ? 0 : Math.max(1, System.nanoTime() - since);
    }
}
