// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

/**
 * Where a unit's stream table is, as SMMU_STRTAB_BASE and SMMU_STRTAB_BASE_CFG say it (IHI 0070 F.b §6.3.24, §6.3.25).
 *
 * @param base the table's address, aligned to its size; lower bits are taken for zeros
 * @param log2 how many bits a StreamID has, 0 to 32
 * @param twoLevel whether {@code base} is a table of L1STDs
 * @param split with two levels, how many bits of a StreamID index the second level: 6, 8 or 10
 */
public record StreamTables(long base, int log2, boolean twoLevel, int split) {
    /** Checks the ranges. */
    public StreamTables {
        if (log2 < 0 || log2 > 32 || (twoLevel && split != 6 && split != 8 && split != 10)) {
            throw new IllegalArgumentException(
                    "a stream table has 0 to 32 bits and a split of 6, 8 or 10, not %d and %d".formatted(log2, split));
        }
    }
}
