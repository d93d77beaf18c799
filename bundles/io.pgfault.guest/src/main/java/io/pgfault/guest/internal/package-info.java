// SPDX-License-Identifier: Apache-2.0

/**
 * The components: {@link io.pgfault.guest.internal.ExportedEngine} on the host gives a DMA engine to a guest, {@link
 * io.pgfault.guest.internal.AssignedDevice} in the guest is that engine, behind the guest's own unit.
 *
 * <p>DS activates and deactivates the components on its own threads; any thread calls their services.
 */
package io.pgfault.guest.internal;
