// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/** A fault queue that this process allocates, and the devices that this process attaches to the queue. Any thread. */
public final class AllocatedQueue implements FaultSource {
    private final SystemCalls calls;
    private final Iommufd iommufd;

    private AllocatedQueue(SystemCalls calls, Iommufd iommufd) {
        this.calls = calls;
        this.iommufd = iommufd;
    }

    /**
     * Opens IOMMUFD and allocates a fault queue.
     *
     * @throws IllegalStateException if this host has no IOMMUFD, forbids it, or has no fault queues; the message says
     *     which, and what would help
     */
    public static AllocatedQueue open(SystemCalls calls, String path) throws CallFailed {
        return new AllocatedQueue(calls, Iommufd.open(calls, path));
    }

    @Override
    public int descriptor() {
        return iommufd.descriptor();
    }

    @Override
    public KernelDevice device(DeviceChoice choice) throws CallFailed {
        if (choice instanceof DeviceChoice.Vfio vfio) {
            return VfioDevice.open(calls, iommufd, vfio.path());
        }
        if (choice instanceof DeviceChoice.Mock) {
            return MockDevice.create(iommufd);
        }
        throw new IllegalArgumentException("a device that another process attached faults into that process's queue;"
                + " give the unit fault.fd or fault.socket, or give the device a path");
    }

    @Override
    public void close() throws CallFailed {
        iommufd.close();
    }
}
