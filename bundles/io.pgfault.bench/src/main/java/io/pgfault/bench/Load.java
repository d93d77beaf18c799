// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

/**
 * What devices do to a unit.
 *
 * @param devices how many devices, 1 to {@value #MAX_DEVICES}
 * @param outstanding how many groups are out at a time, of all devices together, 1 to {@value #MAX_OUTSTANDING}; a device
 *     has at least one
 * @param groupSize requests in a group, 1 to {@value #MAX_GROUP_SIZE}
 * @param stalls whether the devices stall transactions instead of sending page requests; groups then have one request
 */
public record Load(int devices, int outstanding, int groupSize, boolean stalls) {
    /** The most devices. */
    public static final int MAX_DEVICES = 4_096;

    /** The most groups that are out at a time. */
    public static final int MAX_OUTSTANDING = 100_000;

    /** The most requests in a group. */
    public static final int MAX_GROUP_SIZE = 512;

    /** PRG indexes have 9 bits: a device with more groups out uses several PASIDs. */
    public static final int GROUPS_PER_PASID = 1 << 9;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range; the message names it
     */
    public Load {
        check("devices", devices, MAX_DEVICES);
        check("outstanding", outstanding, MAX_OUTSTANDING);
        check("group-size", groupSize, MAX_GROUP_SIZE);
        if (stalls && groupSize > 1) {
            throw new IllegalArgumentException("group-size is 1 for devices that stall, got " + groupSize);
        }
    }

    private static void check(String what, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException("%s is 1 to %d, got %d".formatted(what, max, value));
        }
    }

    /** How many groups one device has out at a time. */
    public int groupsPerDevice() {
        return Math.max(1, outstanding / devices);
    }

    /** How many PASIDs a device uses. */
    public int pasids() {
        return (groupsPerDevice() + GROUPS_PER_PASID - 1) / GROUPS_PER_PASID;
    }

    /** How many requests are out at a time. */
    public long requests() {
        return (long) groupsPerDevice() * devices * groupSize;
    }
}
