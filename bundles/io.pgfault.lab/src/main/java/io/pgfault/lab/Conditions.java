// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab;

/**
 * The conditions of a trial.
 *
 * @param tlbEntries how many translations the device caches, least recently used first out; 1 to 1,048,576
 * @param groupSize the most page requests that the device puts into one group, 1 to 512; a device that stalls has 1
 * @param costs what things take
 * @param jitter by how much more a fault may take than {@link Costs#fault}, in thousandths, evenly distributed; 0 to
 *     1000
 * @param seed of the jitter
 * @param real handlers run on threads and are measured; else everything runs in virtual time on one thread
 */
public record Conditions(int tlbEntries, int groupSize, Costs costs, int jitter, long seed, boolean real) {
    /** A PCIe function with 1,024 translations that asks for one page at a time; virtual time. */
    public static final Conditions PCIE = new Conditions(1_024, 1, Costs.PCIE, 0, 1, false);

    /** A device whose transactions stall, behind a unit that caches 512 translations; virtual time. */
    public static final Conditions STALL = new Conditions(512, 1, Costs.STALL, 0, 1, false);

    private static final int MAX_TLB_ENTRIES = 1 << 20;
    private static final int MAX_GROUP_SIZE = 512;
    private static final int MAX_JITTER = 1_000;

    /** Checks the ranges. */
    public Conditions {
        if (tlbEntries < 1 || tlbEntries > MAX_TLB_ENTRIES) {
            throw new IllegalArgumentException(
                    "a device caches 1 to %d translations, got %d".formatted(MAX_TLB_ENTRIES, tlbEntries));
        }
        if (groupSize < 1 || groupSize > MAX_GROUP_SIZE) {
            throw new IllegalArgumentException(
                    "a group has 1 to %d requests, got %d".formatted(MAX_GROUP_SIZE, groupSize));
        }
        if (jitter < 0 || jitter > MAX_JITTER) {
            throw new IllegalArgumentException(
                    "the jitter is 0 to %d thousandths, got %d".formatted(MAX_JITTER, jitter));
        }
    }
}
