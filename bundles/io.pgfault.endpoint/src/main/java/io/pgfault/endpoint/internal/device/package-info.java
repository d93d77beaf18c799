// SPDX-License-Identifier: Apache-2.0

/**
 * Device models: {@link io.pgfault.endpoint.internal.device.PcieFunction} asks for pages by ATS and PRI, {@link
 * io.pgfault.endpoint.internal.device.StallingMaster} has its transactions stalled by an SMMUv3.
 *
 * <p>No model has a thread of its own: an access runs on its caller's thread, responses and invalidations arrive on the
 * unit's threads. The components enter by {@link
 * io.pgfault.endpoint.internal.device.DeviceModels}; the room {@code dma} calls {@link
 * io.pgfault.endpoint.internal.device.DeviceModel}. This package knows no other package of the bundle.
 */
package io.pgfault.endpoint.internal.device;
