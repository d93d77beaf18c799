// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.recorded;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A fault of a kernel's IOMMUFD (kernel: {@code include/uapi/linux/iommufd.h}, {@code struct iommu_hwpt_pgfault}) as a
 * page request descriptor of VT-d. The requester id has the low 16 bits of the kernel's device id, and the page request
 * group index the low 9 bits of the group id.
 */
public final class KernelFault {
    private static final String FORMAT = "iommufd";
    private static final int SIZE = 40;
    private static final int FLAGS = 0;
    private static final int DEV_ID = 4;
    private static final int PASID = 8;
    private static final int GRPID = 12;
    private static final int PERM = 16;
    private static final int ADDR = 24;
    private static final int REQUESTER_ID = 0xffff;

    private KernelFault() {}

    /** Whether a recorded queue has such faults. */
    public static boolean isFormat(String format, int recordSize) {
        return format.equals(FORMAT) && recordSize == SIZE;
    }

    /** Room for a descriptor. */
    public static ByteBuffer buffer() {
        return ByteBuffer.allocate(PageRequestDescriptor.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Writes the fault at {@code fault}'s position into {@code request} as a descriptor, and returns the latter. */
    public static ByteBuffer toPageRequest(ByteBuffer fault, ByteBuffer request) {
        int at = fault.position();
        int flags = fault.getInt(at + FLAGS);
        int perm = fault.getInt(at + PERM);
        boolean withPasid = (flags & PageRequest.PASID_VALID) != 0;
        PageRequestDescriptor.encode(
                request,
                0,
                PageRequestDescriptor.word0(
                        fault.getInt(at + DEV_ID) & REQUESTER_ID,
                        withPasid ? fault.getInt(at + PASID) & Pasid.MAX : Pasid.NONE,
                        (perm & Permissions.EXEC) != 0,
                        (perm & Permissions.PRIV) != 0,
                        false),
                PageRequestDescriptor.word1(
                        (perm & Permissions.READ) != 0,
                        (perm & Permissions.WRITE) != 0,
                        (flags & PageRequest.LAST_PAGE) != 0,
                        fault.getInt(at + GRPID) & PageRequestDescriptor.PRG_INDEX_MAX,
                        fault.getLong(at + ADDR)),
                0,
                0);
        return request;
    }
}
