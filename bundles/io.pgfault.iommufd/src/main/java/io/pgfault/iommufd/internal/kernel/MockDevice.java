// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import io.pgfault.iommufd.internal.kernel.FaultSource.KernelDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A device that a test kernel makes up, and that faults at {@link #trigger}. The device's nested page table has the
 * fault queue. A detached device is in the plain address space, whose faults the kernel drops.
 */
public final class MockDevice implements KernelDevice {
    private final Iommufd iommufd;

    /** The selftest object, by which the kernel moves and destroys the device. */
    private final int object;

    private final int id;
    private final int parent;
    private final int nested;

    private MockDevice(Iommufd iommufd, int object, int id, int parent, int nested) {
        this.iommufd = iommufd;
        this.object = object;
        this.id = id;
        this.parent = parent;
        this.nested = nested;
    }

    static MockDevice create(Iommufd iommufd) throws CallFailed {
        ByteBuffer made;
        try {
            made = test(iommufd, Uapi.TEST_MOCK_DOMAIN, iommufd.ioas(), struct());
        } catch (CallFailed e) {
            throw Obstacle.mock(e);
        }
        int object = made.getInt(Uapi.MOCK_OUT_OBJECT);
        int device = made.getInt(Uapi.MOCK_OUT_DEVICE);
        ByteBuffer word = ByteBuffer.allocateDirect(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, Uapi.MOCK_NESTED_WORD);
        try {
            int parent = iommufd.allocateParent(device);
            int nested = iommufd.allocateNested(device, parent, Uapi.MOCK_NESTED_TYPE, word);
            return new MockDevice(iommufd, object, device, parent, nested);
        } catch (CallFailed e) {
            iommufd.destroy(object); // The kernel destroys the device's page tables when the unit closes IOMMUFD.
            throw e;
        }
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public void attach() throws CallFailed {
        replace(nested);
    }

    @Override
    public void detach() throws CallFailed {
        replace(iommufd.ioas());
    }

    private void replace(int table) throws CallFailed {
        test(iommufd, Uapi.TEST_MOCK_REPLACE, object, struct().putInt(Uapi.REPLACE_TABLE, table));
    }

    /**
     * Makes the device ask for a page. The kernel doesn't report whether it queued the request. Any thread, several at
     * a time.
     *
     * @param pasid a PASID above 0, or 0 for none
     * @param permissions bits of {@code Permissions}
     */
    public void trigger(int pasid, int group, int permissions, long address) throws CallFailed {
        test(
                iommufd,
                Uapi.TEST_TRIGGER,
                0,
                struct().putInt(Uapi.TRIGGER_DEVICE, id)
                        .putInt(Uapi.TRIGGER_PASID, pasid)
                        .putInt(Uapi.TRIGGER_GROUP, group)
                        .putInt(Uapi.TRIGGER_PERMISSIONS, permissions)
                        .putLong(Uapi.TRIGGER_ADDRESS, address));
    }

    @Override
    public void close() throws CallFailed {
        iommufd.destroy(object);
        iommufd.destroy(nested);
        iommufd.destroy(parent);
    }

    private static ByteBuffer struct() {
        return Iommufd.struct(Uapi.TEST_SIZE);
    }

    private static ByteBuffer test(Iommufd iommufd, int op, int id, ByteBuffer struct) throws CallFailed {
        return iommufd.request(Uapi.TEST, struct.putInt(Uapi.TEST_OP, op).putInt(Uapi.TEST_ID, id));
    }
}
