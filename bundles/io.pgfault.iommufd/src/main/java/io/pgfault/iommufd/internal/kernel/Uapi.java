// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/**
 * Numbers of the kernel's user API (Linux 6.11 and later: {@code uapi/linux/iommufd.h}, {@code uapi/linux/vfio.h}; the
 * test command: {@code drivers/iommu/iommufd/iommufd_test.h}). Offsets are in bytes; fields have 32 bits unless they
 * say so.
 */
final class Uapi {
    /** {@code IOMMU_DESTROY}: size at 0, id at 4. */
    static final int DESTROY = 0x3b80;

    static final int DESTROY_SIZE = 8;
    static final int DESTROY_ID = 4;

    /** {@code IOMMU_IOAS_ALLOC}: size, flags, out_ioas_id. */
    static final int IOAS_ALLOC = 0x3b81;

    static final int IOAS_ALLOC_SIZE = 12;
    static final int IOAS_ALLOC_OUT_ID = 8;

    /** {@code IOMMU_HWPT_ALLOC}. */
    static final int HWPT_ALLOC = 0x3b89;

    static final int HWPT_ALLOC_SIZE = 48;
    static final int HWPT_ALLOC_FLAGS = 4;
    static final int HWPT_ALLOC_DEVICE = 8;
    static final int HWPT_ALLOC_PARENT = 12;
    static final int HWPT_ALLOC_OUT_ID = 16;
    static final int HWPT_ALLOC_DATA_TYPE = 24;
    static final int HWPT_ALLOC_DATA_LENGTH = 28;

    /** 64 bits. */
    static final int HWPT_ALLOC_DATA_POINTER = 32;

    static final int HWPT_ALLOC_FAULT_ID = 40;

    /** Flag: the page table can be the parent of nested ones. */
    static final int HWPT_NEST_PARENT = 1;

    /** Flag: faults go to the fault queue that fault_id names. */
    static final int HWPT_FAULT_ID_VALID = 1 << 2;

    /** {@code IOMMU_FAULT_QUEUE_ALLOC}, since Linux 6.11: size, flags, out_fault_id, out_fault_fd. */
    static final int FAULT_QUEUE_ALLOC = 0x3b8e;

    static final int FAULT_QUEUE_ALLOC_SIZE = 16;
    static final int FAULT_QUEUE_ALLOC_OUT_ID = 8;
    static final int FAULT_QUEUE_ALLOC_OUT_DESCRIPTOR = 12;

    /** {@code IOMMU_TEST_CMD}, test kernels only: size, op, id, reserved, and a union at 16. */
    static final int TEST = 0x3ba0;

    static final int TEST_SIZE = 72;
    static final int TEST_OP = 4;
    static final int TEST_ID = 8;

    /** Op: makes a mock device in address space id. */
    static final int TEST_MOCK_DOMAIN = 2;

    /** The selftest object, which is destroyed and replaced by this id. */
    static final int MOCK_OUT_OBJECT = 16;

    /** The device, as page tables and faults name it. */
    static final int MOCK_OUT_DEVICE = 24;

    /** Op: moves selftest object id to another page table. */
    static final int TEST_MOCK_REPLACE = 10;

    static final int REPLACE_TABLE = 16;

    /** Op: a page request of one page, always the last of its group. */
    static final int TEST_TRIGGER = 15;

    static final int TRIGGER_DEVICE = 16;

    /** 0 stands for none. */
    static final int TRIGGER_PASID = 20;

    static final int TRIGGER_GROUP = 24;
    static final int TRIGGER_PERMISSIONS = 28;

    /** 64 bits. */
    static final int TRIGGER_ADDRESS = 32;

    /** Type of the mock driver's nested page table, and the one word it asks for. */
    static final int MOCK_NESTED_TYPE = 0xdead;

    static final int MOCK_NESTED_WORD = 0xbadbeef;

    /** {@code VFIO_DEVICE_BIND_IOMMUFD}: argsz, flags, iommufd, out_devid. */
    static final int VFIO_BIND = 0x3b76;

    static final int VFIO_BIND_SIZE = 16;
    static final int VFIO_BIND_IOMMUFD = 8;
    static final int VFIO_BIND_OUT_DEVICE = 12;

    /** {@code VFIO_DEVICE_ATTACH_IOMMUFD_PT}: argsz, flags, pt_id. */
    static final int VFIO_ATTACH = 0x3b77;

    static final int VFIO_ATTACH_SIZE = 12;
    static final int VFIO_ATTACH_TABLE = 8;

    /** {@code VFIO_DEVICE_DETACH_IOMMUFD_PT}: argsz, flags. */
    static final int VFIO_DETACH = 0x3b78;

    static final int VFIO_DETACH_SIZE = 8;

    private Uapi() {}
}
