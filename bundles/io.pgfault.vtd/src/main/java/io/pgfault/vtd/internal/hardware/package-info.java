// SPDX-License-Identifier: Apache-2.0
/**
 * The hardware model of a unit, bit for bit as VT-d 4.1 has it. {@link io.pgfault.vtd.internal.hardware.Hardware} is
 * the facade: registers for software, messages for devices. The {@code PageRequestQueue} takes page requests, the
 * {@code InvalidationQueue} executes commands, the {@code PageRequestEvent} is the interrupt, the {@code DeviceTable}
 * finds a device by requester id, and the room {@code remap} translates.
 *
 * <p>The model has no thread: a device's thread posts requests, and the thread that writes a register has the hardware
 * work. This room doesn't know the driver.
 */
package io.pgfault.vtd.internal.hardware;
