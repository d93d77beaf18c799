// SPDX-License-Identifier: Apache-2.0
/**
 * The unit's tables in memory, as the driver writes them (IHI 0070 F.b §5; kernel: {@code arm-smmu-v3.c}, {@code
 * arm_smmu_write_ste}, {@code arm_smmu_write_cd_entry}). The {@code StreamTable} holds an entry for each device; a
 * {@code ContextTable} says what each PASID of a device is translated with; {@link
 * io.pgfault.smmuv3.internal.driver.table.DeviceTables} attaches domains, in the order of writes and invalidations that
 * the specification demands (§3.21.3). {@code HostStream} writes and takes away the entries of a stream whose
 * descriptors are the host's, {@code ClientStream} those of a client's; {@code DeviceCaches} has unit and device
 * forget; {@code Invalidations} are the commands for that; {@code FirstStageFields} refuses what a client has set
 * wrong.
 *
 * <p>One thread at a time changes the tables of a device; threads of several devices work at the same time. This room
 * knows memory, the codecs, and the object in which the hardware model looks up what an ASID or a VMID stands for.
 */
package io.pgfault.smmuv3.internal.driver.table;
