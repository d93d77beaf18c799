// SPDX-License-Identifier: Apache-2.0
/**
 * The unit's tables in memory, as the driver writes them (VT-d 4.1 §3.4, §9; kernel: {@code
 * drivers/iommu/intel/pasid.c}). The {@code RootTable} holds a context entry for each device; a {@code PasidTable} says
 * what each PASID of a device is translated with; {@link io.pgfault.vtd.internal.driver.table.DeviceTables} attaches
 * domains, in the order of writes and invalidations that the specification demands (§6.5.3); {@code Invalidations} are
 * the descriptors for that; {@code FirstStageFields} refuses what a user has set wrong.
 *
 * <p>One thread at a time changes the tables of a device; threads of several devices work at the same time. This room
 * knows memory, the codecs, and the object in which the hardware model looks up what a domain id stands for.
 */
package io.pgfault.vtd.internal.driver.table;
