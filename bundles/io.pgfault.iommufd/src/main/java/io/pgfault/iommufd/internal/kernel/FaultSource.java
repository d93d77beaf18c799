// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/** Where a fault queue comes from. */
public interface FaultSource extends AutoCloseable {
    /** The fault queue. */
    int descriptor();

    /**
     * A device whose faults are to come here.
     *
     * @throws CallFailed if the kernel refuses
     * @throws IllegalArgumentException if such a device can't be behind this queue; the message says what can
     */
    KernelDevice device(DeviceChoice choice) throws CallFailed;

    /** Closes the fault queue, and all that was opened for it. Devices have been closed before. */
    @Override
    void close() throws CallFailed;
}
