// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

/**
 * The load that devices put on a unit.
 *
 * @param devices how many devices there are, 1 to {@value #MAX_DEVICES}
 * @param outstanding how many groups of all devices together are out at a time, 1 to {@value #MAX_OUTSTANDING}; a
 *     device has at least one group out
 * @param groupSize requests in a group, 1 to {@value #MAX_GROUP_SIZE}
 * @param stalls true: devices stall transactions, and a group has one request; false: devices send page requests (PCIe
 *     PRI)
 */
public record Load(int devices, int outstanding, int groupSize, boolean stalls) {
    /** The most devices. */
    public static final int MAX_DEVICES = 4_096;

    /** The most groups that are out at a time, of all devices together. */
    public static final int MAX_OUTSTANDING = 100_000;

    /** The most requests in a group. */
    public static final int MAX_GROUP_SIZE = 512;

    /**
     * Groups that one PASID can have out: a PRG index has 9 bits (PCIe 6.0 §10.4). A device uses several PASIDs for
     * more.
     */
    public static final int GROUPS_PER_PASID = 1 << 9;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a number is out of its range; the message names number and range
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
