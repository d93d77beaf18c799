// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.watch;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The client of a domain: a program outside of this process, for example a VMM, that answers the domain's faults. A
 * bundle with such a domain registers a service of this type for each; {@link FaultWatch#clients} lists them, and
 * {@link Trouble.Kind#CLIENT_GONE} says that an attached domain has none. Any thread calls the methods, which must not
 * block.
 */
@ConsumerType
public interface DomainClient {
    /** The name of the domain. */
    String domain();

    /**
     * For how long the domain has had no client.
     *
     * @return 0 while a client is connected; else nanoseconds since the last client left, or since the domain is there
     *     if there was none, at least 1
     */
    long absentNanos();
}
