// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
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
public record QueueSettings(
        String name,
        Path socket,
        Set<PosixFilePermission> mode,
        Set<String> peers,
        int inFlight,
        int waiting,
        long graceNanos) {
    /**
     * Reads permission bits.
     *
     * @param name the domain's name, for the message
     * @param octal 0000 to 0777
     * @throws IllegalArgumentException if {@code octal} is none of these; the message says what to write
     */
    public static Set<PosixFilePermission> mode(String name, String octal) {
        int bits;
        try {
            bits = Integer.parseInt(octal, 8);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "domain %s: mode is octal, such as 0600, got %s".formatted(name, octal), e);
        }
        if (bits < 0 || bits > 0777) {
            throw new IllegalArgumentException("domain %s: mode is 0000 to 0777, got %s".formatted(name, octal));
        }
        char[] letters = "rwxrwxrwx".toCharArray();
        for (int i = 0; i < letters.length; i++) {
            if ((bits & (0400 >> i)) == 0) {
                letters[i] = '-';
            }
        }
        return PosixFilePermissions.fromString(new String(letters));
    }
}
