// SPDX-License-Identifier: Apache-2.0
/**
 * The hardware model of an SMMUv3. {@link io.pgfault.smmuv3.internal.hardware.Hardware} is the unit. A driver sees
 * {@link io.pgfault.smmuv3.internal.hardware.Mmio}, {@link io.pgfault.smmuv3.internal.hardware.Memory} and the {@link
 * io.pgfault.smmuv3.internal.hardware.Interrupt}, and nothing else of this room.
 *
 * <p>Threads: a device's thread records and stalls under the lock of one queue. The executing thread, a thread of the
 * driver that writes CMDQ_PROD, executes commands and calls devices without a lock. There is no third kind, and no
 * thread holds two locks.
 */
package io.pgfault.smmuv3.internal.hardware;
