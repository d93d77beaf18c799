// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

/**
 * The client of a domain at one moment, see {@link DomainClient}.
 *
 * @param domain the domain's name
 * @param absentNanos for how many nanoseconds the domain has had no client; 0 while a client is connected
 */
public record WatchedClient(String domain, long absentNanos) {
    /** Whether a client is connected. */
    public boolean connected() {
        return absentNanos == 0;
    }
}
