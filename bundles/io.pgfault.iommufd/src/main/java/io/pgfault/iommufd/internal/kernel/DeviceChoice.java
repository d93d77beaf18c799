// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/** Names a device of the kernel. */
public sealed interface DeviceChoice {
    /** A mock device of a test kernel. */
    record Mock() implements DeviceChoice {}

    /**
     * A device of a host.
     *
     * @param path the device's VFIO character device, for example {@code /dev/vfio/devices/vfio0}
     */
    record Vfio(String path) implements DeviceChoice {}

    /**
     * A device that the process which made the fault queue has attached.
     *
     * @param id the device's IOMMUFD id, 32 bits
     */
    record Attached(int id) implements DeviceChoice {}
}
