// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.nest;

/**
 * Pages of a first stage behind a VT-d unit (kernel: {@code struct iommu_hwpt_vtd_s1_invalidate}). Address 0 and {@link
 * #ALL} pages name everything.
 *
 * @param address of the first page, in bytes, a multiple of 4096
 * @param pages how many pages of 4 KiB, at least 1; {@link #ALL} with address 0
 * @param flags {@link #LEAF}: only last-level entries have changed; the driver refuses every other bit
 */
public record VtdInvalidation(long address, long pages, int flags) implements FirstStageInvalidation {
    /** Every page, and every table. */
    public static final long ALL = -1;

    /** Only last-level entries have changed. */
    public static final int LEAF = 1;
}
