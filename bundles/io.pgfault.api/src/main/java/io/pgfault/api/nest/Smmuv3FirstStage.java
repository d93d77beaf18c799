// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.nest;

/**
 * The first stage of a whole stream behind an SMMUv3: the user's half of the stream table entry (kernel: {@code struct
 * iommu_hwpt_arm_smmuv3}). The context descriptors are the user's own (rule N01).
 *
 * @param ste0 V, Config, S1Fmt, S1ContextPtr, S1CDMax (IHI 0070 F.b §5.2); S1ContextPtr is an address as the second
 *     stage takes it; the driver refuses every other bit
 * @param ste1 S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS; the driver refuses every other bit
 */
public record Smmuv3FirstStage(long ste0, long ste1) implements FirstStage {}
