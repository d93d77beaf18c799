// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import java.nio.ByteBuffer;

/**
 * The header of a control record, 24 bytes, which a client writes among its responses. {@link #length} bytes of data
 * follow. The kernel has ioctls instead ({@code IOMMU_HWPT_ALLOC}, {@code IOMMU_HWPT_INVALIDATE}); the data has the
 * layout of the ioctls' data, see {@link FirstStageData}.
 *
 * <pre>
 *  0  u32 token    the client's own number, which the acknowledgement echoes
 *  4  u32 op       bit 31 set, which no response's code has; ATTACH 1, DETACH 2, INVALIDATE 3, DETACH_ALL 4
 *  8  u32 dev_id   the device, as in fault records; 0 for DETACH_ALL
 * 12  u32 pasid    20 bits; 2^32 - 1 for the accesses without PASID, and for a whole stream of an SMMUv3
 * 16  u32 type     of the data (enum iommu_hwpt_data_type): NONE 0, VTD_S1 1, ARM_SMMUV3 2
 * 20  u32 length   of the data, in bytes
 * </pre>
 *
 * Every method takes the byte offset {@code at} of a header in the buffer.
 *
 * @since 1.2
 */
public final class ControlRecord {
    /** Size of the header in bytes. */
    public static final int SIZE = 24;

    /** The most bytes of data. */
    public static final int MOST_DATA = 24 * 1024;

    /** Bit of {@link #op} that tells a control record from a response. */
    public static final int CONTROL = 1 << 31;

    /** Operation: attaches the first stage in the data to (device, PASID). */
    public static final int ATTACH = 1;

    /** Operation: detaches the first stage of (device, PASID). */
    public static final int DETACH = 2;

    /** Operation: invalidates what the entries in the data name of the first stage of (device, PASID). */
    public static final int INVALIDATE = 3;

    /** Operation: detaches every first stage of the client. */
    public static final int DETACH_ALL = 4;

    /** Type: no data. */
    public static final int NONE = 0;

    /** Type: structures of Intel VT-d. */
    public static final int VTD_S1 = 1;

    /** Type: structures of Arm SMMUv3. */
    public static final int ARM_SMMUV3 = 2;

    private static final int TOKEN = 0;
    private static final int OP = 4;
    private static final int DEV_ID = 8;
    private static final int PASID = 12;
    private static final int TYPE = 16;
    private static final int LENGTH = 20;

    private ControlRecord() {}

    /**
     * Writes all 24 bytes.
     *
     * @param op one of the operations, without {@link #CONTROL}
     * @param pasid 20 bits, or {@code Pasid.NONE}
     */
    public static void put(ByteBuffer buffer, int at, int token, int op, int devId, int pasid, int type, int length) {
        Words.putInt(buffer, at + TOKEN, token);
        Words.putInt(buffer, at + OP, CONTROL | op);
        Words.putInt(buffer, at + DEV_ID, devId);
        Words.putInt(buffer, at + PASID, pasid);
        Words.putInt(buffer, at + TYPE, type);
        Words.putInt(buffer, at + LENGTH, length);
    }

    /** Whether a control record begins here, and no response; reads 8 bytes. */
    public static boolean isControl(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + OP) < 0;
    }

    /** The client's number of the record. */
    public static int token(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + TOKEN);
    }

    /** The operation without {@link #CONTROL}, whether or not it is known. */
    public static int op(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + OP) & ~CONTROL;
    }

    /** The device's id. */
    public static int devId(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + DEV_ID);
    }

    /** The PASID, {@code Pasid.NONE} for 2^32 - 1, or a value that is no PASID. */
    public static int pasid(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + PASID);
    }

    /** The type of the data, whether or not it is known. */
    public static int type(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + TYPE);
    }

    /** How many bytes of data follow the header, unsigned. */
    public static long length(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + LENGTH) & 0xffff_ffffL;
    }
}
