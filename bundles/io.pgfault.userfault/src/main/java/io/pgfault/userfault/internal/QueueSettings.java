// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * The settings of one queue.
 *
 * @param name the domain's name, for people
 * @param socket the path of the socket
 * @param mode the permission bits of the socket's file
 * @param peers the names of the users that may connect; empty: the user that owns this process
 * @param inFlight the bound of groups that the client has not answered
 * @param waiting the bound of groups that wait for a client
 * @param graceNanos the time for which groups wait without a client, in ns
 */
record QueueSettings(
        String name,
        Path socket,
        Set<PosixFilePermission> mode,
        Set<String> peers,
        int inFlight,
        int waiting,
        long graceNanos) {}
