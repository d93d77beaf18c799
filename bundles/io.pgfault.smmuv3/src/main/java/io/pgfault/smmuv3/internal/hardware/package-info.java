// SPDX-License-Identifier: Apache-2.0

/**
 * The hardware model of an SMMUv3. {@link io.pgfault.smmuv3.internal.hardware.Smmu} is the unit; {@link
 * io.pgfault.smmuv3.internal.hardware.Mmio} and {@link io.pgfault.smmuv3.internal.hardware.UnitMemory} are all that a
 * driver sees of it.
 *
 * <p>Locks, from outer to inner: the command consumer's (held while devices are called, never waited for), then that of one
 * output queue (never held while anybody is called).
 */
package io.pgfault.smmuv3.internal.hardware;
