// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * What a queue is told.
 *
 * @param name the domain's name, for people
 * @param socket where the socket goes
 * @param mode the permission bits of the socket's file
 * @param peers the names of the users that may connect; empty: the user that owns this process
 * @param inFlight how many groups the client may have and not have answered
 * @param waiting how many more groups may wait
 * @param graceNanos how long groups wait for a client when there is none
 */
record QueueSettings(
        String name,
        Path socket,
        Set<PosixFilePermission> mode,
        Set<String> peers,
        int inFlight,
        int waiting,
        long graceNanos) {}
