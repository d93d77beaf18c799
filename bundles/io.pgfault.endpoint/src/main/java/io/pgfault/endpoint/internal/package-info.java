// SPDX-License-Identifier: Apache-2.0

/**
 * The components: each makes a device model ({@code device}) from its configuration, binds it to an address space or
 * attaches it to a domain, and gives it the channels of a DMA engine ({@code dma}) where the component is one.
 *
 * <p>DS activates and deactivates the components on its own threads; any thread calls their services.
 */
package io.pgfault.endpoint.internal;
