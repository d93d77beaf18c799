// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.nest;

/**
 * One command of a user's SMMUv3 (kernel: {@code struct iommu_viommu_arm_smmuv3_invalidate}; IHI 0070 F.b §4.3 to
 * §4.5): CFGI_CD, CFGI_CD_ALL, TLBI_NH_ALL, TLBI_NH_ASID, TLBI_NH_VA, TLBI_NH_VAA, TLBI_NSNH_ALL, ATC_INV. The driver
 * refuses every other command. The driver puts the device's StreamID and VMID in place of the user's.
 *
 * @param word0 bytes 7:0 of the command
 * @param word1 bytes 15:8 of the command
 */
public record Smmuv3Invalidation(long word0, long word1) implements FirstStageInvalidation {}
