// SPDX-License-Identifier: Apache-2.0

/**
 * DMA engines: devices that move memory by descriptors, through their translations.
 * {@link io.pgfault.api.dma.DmaEngine} is the service.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.api.dma;
