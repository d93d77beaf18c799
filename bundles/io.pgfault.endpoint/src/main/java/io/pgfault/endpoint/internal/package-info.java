// SPDX-License-Identifier: Apache-2.0

/**
 * Devices that fault. {@link io.pgfault.endpoint.internal.PcieFunction} asks for pages by PCIe ATS and PRI, {@link
 * io.pgfault.endpoint.internal.StallingMaster} has its transactions stalled by an SMMUv3. The two {@code …Endpoint}
 * components make one of them from configuration, bound to an address space.
 */
package io.pgfault.endpoint.internal;
