// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/** The origin of a fault queue: a queue that this process allocated, or a queue that another process handed over. */
public interface FaultSource extends AutoCloseable {
    /** The descriptor of the fault queue. */
    int descriptor();

    /**
     * Opens a device whose faults come to this fault queue.
     *
     * @throws CallFailed if the kernel refuses
     * @throws IllegalArgumentException if such a device can't be behind this queue; the message says which devices can
     */
    KernelDevice device(DeviceChoice choice) throws CallFailed;

    /** Closes the fault queue and its IOMMUFD. The caller has closed the devices before. */
    @Override
    void close() throws CallFailed;

    /** A device of the kernel. One thread at a time. */
    interface KernelDevice extends AutoCloseable {
        /** The device id in the device's fault records, 32 bits. */
        int id();

        /** Makes the kernel queue the device's faults from now on. */
        default void attach() throws CallFailed {}

        /** Detaches the device. The kernel has answered INVALID to every unanswered fault when this method returns. */
        default void detach() throws CallFailed {}

        /** Gives the device back to the kernel. */
        @Override
        default void close() throws CallFailed {}
    }
}
