// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import io.pgfault.iommufd.internal.kernel.FaultSource.KernelDevice;
import java.nio.ByteBuffer;

/**
 * A device of the host, bound through its VFIO character device. The device's page table has the mappings of the unit's
 * I/O address space, and has the fault queue. VFIO blocks the DMA of a detached device.
 */
final class VfioDevice implements KernelDevice {
    private final SystemCalls calls;
    private final Iommufd iommufd;
    private final int descriptor;
    private final int id;
    private final int table;

    private VfioDevice(SystemCalls calls, Iommufd iommufd, int descriptor, int id, int table) {
        this.calls = calls;
        this.iommufd = iommufd;
        this.descriptor = descriptor;
        this.id = id;
        this.table = table;
    }

    /**
     * Binds a device.
     *
     * @throws IllegalStateException if the device can't be bound; the message says why and what would help
     */
    static VfioDevice open(SystemCalls calls, Iommufd iommufd, String path) throws CallFailed {
        int descriptor;
        try {
            descriptor = calls.open(path);
        } catch (CallFailed e) {
            throw new IllegalStateException(
                    e.getMessage() + "; bind the device to vfio-pci first, its character device is then in"
                            + " /dev/vfio/devices (CONFIG_VFIO_DEVICE_CDEV)",
                    e);
        }
        try {
            int id = Iommufd.request(
                            calls,
                            descriptor,
                            Uapi.VFIO_BIND,
                            Iommufd.struct(Uapi.VFIO_BIND_SIZE).putInt(Uapi.VFIO_BIND_IOMMUFD, iommufd.iommufd()))
                    .getInt(Uapi.VFIO_BIND_OUT_DEVICE);
            return new VfioDevice(calls, iommufd, descriptor, id, iommufd.allocateFaulting(id));
        } catch (CallFailed e) {
            calls.close(descriptor); // The kernel unbinds the device.
            throw new IllegalStateException(
                    path + " can't be given a page table with a fault queue: " + e.getMessage()
                            + "; its IOMMU and the device itself must support PRI, and it must be no virtual function",
                    e);
        }
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public void attach() throws CallFailed {
        request(Uapi.VFIO_ATTACH, Iommufd.struct(Uapi.VFIO_ATTACH_SIZE).putInt(Uapi.VFIO_ATTACH_TABLE, table));
    }

    @Override
    public void detach() throws CallFailed {
        request(Uapi.VFIO_DETACH, Iommufd.struct(Uapi.VFIO_DETACH_SIZE));
    }

    @Override
    public void close() throws CallFailed {
        try {
            iommufd.destroy(table);
        } finally {
            calls.close(descriptor);
        }
    }

    private void request(int request, ByteBuffer struct) throws CallFailed {
        Iommufd.request(calls, descriptor, request, struct);
    }
}
