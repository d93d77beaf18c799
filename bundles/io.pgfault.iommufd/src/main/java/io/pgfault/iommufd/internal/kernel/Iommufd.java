// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An open IOMMUFD with one I/O address space and one fault queue. The first word of every structure is its size, and
 * every field that no thread sets is zero. Any thread.
 */
public final class Iommufd {
    /** The path of the kernel's character device. */
    public static final String PATH = "/dev/iommu";

    private final SystemCalls calls;
    private final int iommufd;
    private final int ioas;
    private final int faultId;
    private final int descriptor;

    private Iommufd(SystemCalls calls, int iommufd, int ioas, int faultId, int descriptor) {
        this.calls = calls;
        this.iommufd = iommufd;
        this.ioas = ioas;
        this.faultId = faultId;
        this.descriptor = descriptor;
    }

    /**
     * Opens IOMMUFD and allocates a fault queue.
     *
     * @throws IllegalStateException if this host has no IOMMUFD, forbids it, or has no fault queues; the message says
     *     which, and what would help
     */
    static Iommufd open(SystemCalls calls, String path) throws CallFailed {
        int iommufd;
        try {
            iommufd = calls.open(path);
        } catch (CallFailed e) {
            throw Obstacle.open(path, e);
        }
        try {
            int ioas = request(calls, iommufd, Uapi.IOAS_ALLOC, struct(Uapi.IOAS_ALLOC_SIZE))
                    .getInt(Uapi.IOAS_ALLOC_OUT_ID);
            ByteBuffer fault = request(calls, iommufd, Uapi.FAULT_QUEUE_ALLOC, struct(Uapi.FAULT_QUEUE_ALLOC_SIZE));
            return new Iommufd(
                    calls,
                    iommufd,
                    ioas,
                    fault.getInt(Uapi.FAULT_QUEUE_ALLOC_OUT_ID),
                    fault.getInt(Uapi.FAULT_QUEUE_ALLOC_OUT_DESCRIPTOR));
        } catch (CallFailed e) {
            calls.close(iommufd);
            throw Obstacle.faultQueue(path, e);
        }
    }

    int descriptor() {
        return descriptor;
    }

    void close() throws CallFailed {
        calls.close(descriptor);
        try {
            destroy(faultId);
            destroy(ioas);
        } finally {
            calls.close(iommufd); // The kernel destroys the remaining objects.
        }
    }

    int iommufd() {
        return iommufd;
    }

    int ioas() {
        return ioas;
    }

    /** Allocates a page table with the mappings of the address space, whose faults come to the fault queue. */
    int allocateFaulting(int device) throws CallFailed {
        return allocate(struct(Uapi.HWPT_ALLOC_SIZE)
                .putInt(Uapi.HWPT_ALLOC_FLAGS, Uapi.HWPT_FAULT_ID_VALID)
                .putInt(Uapi.HWPT_ALLOC_DEVICE, device)
                .putInt(Uapi.HWPT_ALLOC_PARENT, ioas)
                .putInt(Uapi.HWPT_ALLOC_FAULT_ID, faultId));
    }

    /** Allocates a page table that can be the parent of nested page tables. */
    int allocateParent(int device) throws CallFailed {
        return allocate(struct(Uapi.HWPT_ALLOC_SIZE)
                .putInt(Uapi.HWPT_ALLOC_FLAGS, Uapi.HWPT_NEST_PARENT)
                .putInt(Uapi.HWPT_ALLOC_DEVICE, device)
                .putInt(Uapi.HWPT_ALLOC_PARENT, ioas));
    }

    /**
     * Allocates a nested page table whose faults come to the fault queue.
     *
     * @param data the structure that the type of the page table requires
     */
    int allocateNested(int device, int parent, int type, ByteBuffer data) throws CallFailed {
        return allocate(struct(Uapi.HWPT_ALLOC_SIZE)
                .putInt(Uapi.HWPT_ALLOC_FLAGS, Uapi.HWPT_FAULT_ID_VALID)
                .putInt(Uapi.HWPT_ALLOC_DEVICE, device)
                .putInt(Uapi.HWPT_ALLOC_PARENT, parent)
                .putInt(Uapi.HWPT_ALLOC_DATA_TYPE, type)
                .putInt(Uapi.HWPT_ALLOC_DATA_LENGTH, data.capacity())
                .putLong(Uapi.HWPT_ALLOC_DATA_POINTER, calls.address(data))
                .putInt(Uapi.HWPT_ALLOC_FAULT_ID, faultId));
    }

    private int allocate(ByteBuffer hwpt) throws CallFailed {
        return request(Uapi.HWPT_ALLOC, hwpt).getInt(Uapi.HWPT_ALLOC_OUT_ID);
    }

    void destroy(int id) throws CallFailed {
        request(Uapi.DESTROY, struct(Uapi.DESTROY_SIZE).putInt(Uapi.DESTROY_ID, id));
    }

    ByteBuffer request(int request, ByteBuffer struct) throws CallFailed {
        return request(calls, iommufd, request, struct);
    }

    static ByteBuffer request(SystemCalls calls, int descriptor, int request, ByteBuffer struct) throws CallFailed {
        calls.ioctl(descriptor, request, struct);
        return struct;
    }

    /** A zeroed structure whose first word is its size. */
    static ByteBuffer struct(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN).putInt(0, size);
    }
}
