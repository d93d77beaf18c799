// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.api.Permissions;

/**
 * One line of Valgrind's memory trace, read in place:
 *
 * <pre>
 * I  0401ab70,3        instruction fetch
 *  L 1fff000758,8      load
 *  S 1fff000750,8      store
 *  M 1fff000748,8      load and store
 * </pre>
 *
 * The address is hexadecimal, the size in bytes decimal. A fetch counts as READ: devices don't execute.
 */
public final class LackeyLine {
    /** No longer line is an access, its end included: 3 letters, 16 digits, a comma, 9 digits, CR and LF. */
    public static final int MAX_LENGTH = 32;

    private static final int MAX_HEX_DIGITS = 16;
    private static final int MAX_SIZE_DIGITS = 9;

    private int permissions;
    private long address;
    private int size;
    private int end;

    /** What the access needs, bits of {@link Permissions}. */
    public int permissions() {
        return permissions;
    }

    /** Address of the first byte. */
    public long address() {
        return address;
    }

    /** Size in bytes, at least 1. */
    public int size() {
        return size;
    }

    /** Index of the line feed that ended the line. */
    public int end() {
        return end;
    }

    /**
     * Reads the line at {@code at}, if it is an access. The array must have a line feed at or after {@code at}, or
     * {@link #MAX_LENGTH} bytes from there on.
     */
    public boolean parse(byte[] bytes, int at) {
        int access;
        if (bytes[at] == ' ') {
            access = switch (bytes[at + 1]) {
                case 'L' -> Permissions.READ;
                case 'S' -> Permissions.WRITE;
                case 'M' -> Permissions.READ | Permissions.WRITE;
                default -> 0;
            };
            if (access == 0) {
                return false;
            }
        } else if (bytes[at] == 'I' && bytes[at + 1] == ' ') {
            access = Permissions.READ;
        } else {
            return false;
        }
        if (bytes[at + 2] != ' ') {
            return false;
        }
        int first = at + 3;
        int i = first;
        long number = 0;
        for (int digit; i - first < MAX_HEX_DIGITS && (digit = hex(bytes[i])) >= 0; i++) {
            number = number << 4 | digit;
        }
        if (i == first || bytes[i] != ',') {
            return false;
        }
        int firstOfSize = ++i;
        int length = 0;
        for (; i - firstOfSize < MAX_SIZE_DIGITS && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            length = length * 10 + bytes[i] - '0';
        }
        if (bytes[i] == '\r') {
            i++;
        }
        if (length == 0 || bytes[i] != '\n') {
            return false;
        }
        permissions = access;
        address = number;
        size = length;
        end = i;
        return true;
    }

    private static int hex(byte b) {
        if (b >= '0' && b <= '9') {
            return b - '0';
        }
        int letter = b | 0x20;
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }
}
