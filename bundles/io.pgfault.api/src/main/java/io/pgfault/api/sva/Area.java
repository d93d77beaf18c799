// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.sva;

import io.pgfault.api.Permissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of an address space with one set of permissions (kernel: {@code struct vm_area_struct}).
 *
 * @param start address of the first byte; a multiple of the page size
 * @param last address of the last byte, inclusive, compared unsigned, so that an area can reach the very top
 * @param permissions what accesses the area grants: {@link Permissions#READ}, {@link Permissions#WRITE}, {@link
 *     Permissions#EXEC}
 * @param shared true: every shared mapping of the same memory sees a write; false: private, with copy-on-write
 * @param offset byte offset of {@code start} in the file
 * @param name the file's path, a name in brackets such as {@code [heap]}, or empty for anonymous memory
 */
public record Area(long start, long last, int permissions, boolean shared, long offset, String name) {
    /** Checks the range. */
    public Area {
        if ((start & 0xfff) != 0 || (last & 0xfff) != 0xfff || Long.compareUnsigned(start, last) > 0) {
            throw new IllegalArgumentException("an area is whole pages, got 0x%x to 0x%x".formatted(start, last));
        }
    }

    /** {@code start-end perms offset dev inode  name}, numbers hexadecimal but the inode; see proc_pid_maps(5). */
    private static final Pattern MAPS_LINE = Pattern.compile("([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([-r][-w][-x][ps]) "
            + "([0-9a-f]{1,16}) [0-9a-f]{1,8}:[0-9a-f]{1,8} [0-9]{1,20}(?: +(.*))?\\s*");

    /**
     * Reads one line of a {@code /proc/PID/maps} file. The name stays as it is written, also with {@code (deleted)}.
     *
     * @throws IllegalArgumentException if {@code line} is no such line; the message says what is wrong
     */
    public static Area parse(String line) {
        Matcher m = MAPS_LINE.matcher(line);
        if (!m.matches()) {
            throw new IllegalArgumentException("not a line of /proc/PID/maps: \"" + line + "\"");
        }
        long start = Long.parseUnsignedLong(m.group(1), 16);
        long end = Long.parseUnsignedLong(m.group(2), 16);
        String letters = m.group(3);
        int permissions = (letters.charAt(0) == 'r' ? Permissions.READ : 0)
                | (letters.charAt(1) == 'w' ? Permissions.WRITE : 0)
                | (letters.charAt(2) == 'x' ? Permissions.EXEC : 0);
        String name = m.group(5) == null ? "" : m.group(5);
        return new Area(
                start,
                end - 1,
                permissions,
                letters.charAt(3) == 's',
                Long.parseUnsignedLong(m.group(4), 16),
                name.stripTrailing());
    }

    /** Whether {@code address} lies in this area. */
    public boolean contains(long address) {
        return Long.compareUnsigned(start, address) <= 0 && Long.compareUnsigned(address, last) <= 0;
    }

    /** The size in bytes, a multiple of 4096, unsigned; 0 stands for 2^64, the whole address space. */
    public long size() {
        return last - start + 1;
    }

    /** As in {@code /proc/PID/maps}: start, end (exclusive), permissions and name. */
    @Override
    public String toString() {
        return "%x-%s %s%s%s"
                .formatted(
                        start,
                        last == -1L ? "10000000000000000" : Long.toHexString(last + 1),
                        Permissions.toString(permissions).substring(0, 3),
                        shared ? "s" : "p",
                        name.isEmpty() ? "" : " " + name);
    }
}
