// SPDX-License-Identifier: Apache-2.0
/**
 * One SMMUv3 as a component: {@link io.pgfault.smmuv3.internal.Smmuv3Unit} turns a configuration into a {@link
 * io.pgfault.smmuv3.internal.IommuUnit}, and registers the unit for devices and the driver for the core.
 *
 * <p>Declarative Services and the threads of devices enter here. Hardware and driver are in rooms of their own and meet
 * in registers and memory.
 */
package io.pgfault.smmuv3.internal;
