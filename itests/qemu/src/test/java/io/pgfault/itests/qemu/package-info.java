// SPDX-License-Identifier: Apache-2.0
/**
 * Our VT-d model against QEMU's, through QEMU's {@code -qtest} channel: QEMU and the test share one memory, the test
 * writes tables into it, QEMU's {@code edu} devices do DMA through them, and the test compares what arrives, or the
 * fault record, with what our model says about the same bytes.
 */
package io.pgfault.itests.qemu;
