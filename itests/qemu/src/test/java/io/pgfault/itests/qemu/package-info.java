// SPDX-License-Identifier: Apache-2.0
/**
 * Our IOMMUs against QEMU's, through QEMU's {@code -qtest} channel: QEMU and the tests share one memory, a test writes
 * tables into it, QEMU's {@code edu} devices do DMA through them, and the test compares what arrives, or the fault
 * record, with what our model says about the same bytes. Other tests have our drivers drive QEMU's units.
 *
 * <p>{@link io.pgfault.itests.qemu.QemuMachine} starts a machine and ends it in every case.
 */
package io.pgfault.itests.qemu;
