// SPDX-License-Identifier: Apache-2.0

/**
 * {@code iopf copy}: a DMA engine copies a file through mapped memory. One thread, the one of the command.
 */
package io.pgfault.cli.internal.copy;
