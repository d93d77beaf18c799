// SPDX-License-Identifier: Apache-2.0

/**
 * The channels of a DMA engine, which work descriptors off through a device model.
 *
 * <p>Each channel has a thread, {@code <device> channel}. The components enter here by {@link
 * io.pgfault.endpoint.internal.dma.DmaChannels}. This package uses {@code device}, and {@code device} doesn't know this
 * package.
 */
package io.pgfault.endpoint.internal.dma;
