// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.nest;

/**
 * The first stage of one PASID behind a VT-d unit: an x86-64 page table (kernel: {@code struct iommu_hwpt_vtd_s1}).
 *
 * @param flags {@link #SRE}, {@link #EAFE}, {@link #WPE}; the driver refuses every other bit
 * @param root address of the top-level table as the second stage takes it, a multiple of 4096 (FSPTPTR, VT-d 4.1 §9.6)
 * @param addressWidth bits of an address that the table translates: 48 for four levels, 57 for five
 */
public record VtdFirstStage(long flags, long root, int addressWidth) implements FirstStage {
    /** Requests with supervisor privilege are taken (PASID entry: SRE). */
    public static final long SRE = 1;

    /** The unit sets extended accessed bits (PASID entry: EAFE). */
    public static final long EAFE = 1 << 1;

    /** The read-only bit holds for supervisor writes (PASID entry: WPE). */
    public static final long WPE = 1 << 2;
}
