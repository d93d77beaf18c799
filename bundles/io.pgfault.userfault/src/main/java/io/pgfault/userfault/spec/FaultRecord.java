// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import io.pgfault.api.PageRequest;
import java.nio.ByteBuffer;

/**
 * One page request as user space reads it, 40 bytes ({@code include/uapi/linux/iommufd.h}, {@code struct
 * iommu_hwpt_pgfault}).
 *
 * <pre>
 *  0  u32 flags      PASID_VALID 1 &lt;&lt; 0, LAST_PAGE 1 &lt;&lt; 1
 *  4  u32 dev_id     the device
 *  8  u32 pasid      0 unless PASID_VALID
 * 12  u32 grpid      the page request group index or stall tag
 * 16  u32 perm       READ 1, WRITE 2, EXEC 4, PRIV 8
 * 20  u32 reserved   0
 * 24  u64 addr       in bytes
 * 32  u32 length     0
 * 36  u32 cookie     of the group: the response echoes it
 * </pre>
 *
 * Every method takes the byte offset {@code at} of a record in the buffer.
 */
public final class FaultRecord {
    /** Size in bytes. */
    public static final int SIZE = 40;

    /** Bit of {@link #flags}: the PASID field is valid. */
    public static final int PASID_VALID = PageRequest.PASID_VALID;

    /** Bit of {@link #flags}: the last record of its group. */
    public static final int LAST_PAGE = PageRequest.LAST_PAGE;

    private static final int FLAGS = 0;
    private static final int DEV_ID = 4;
    private static final int PASID = 8;
    private static final int GRPID = 12;
    private static final int PERM = 16;
    private static final int RESERVED = 20;
    private static final int ADDR = 24;
    private static final int LENGTH = 32;
    private static final int COOKIE = 36;

    private FaultRecord() {}

    /**
     * Writes all 40 bytes.
     *
     * @param flags bits of {@link PageRequest}; only the bits of PASID_VALID and LAST_PAGE are written
     * @param devId 32 bits
     * @param pasid 20 bits; 0 is written unless {@link #PASID_VALID} is set
     * @param grpid 32 bits
     * @param perm bits of {@code Permissions}
     * @param addr in bytes
     * @param cookie 32 bits
     */
    public static void put(
            ByteBuffer buffer, int at, int flags, int devId, int pasid, int grpid, int perm, long addr, int cookie) {
        Words.putInt(buffer, at + FLAGS, flags & (PASID_VALID | LAST_PAGE));
        Words.putInt(buffer, at + DEV_ID, devId);
        Words.putInt(buffer, at + PASID, (flags & PASID_VALID) == 0 ? 0 : pasid);
        Words.putInt(buffer, at + GRPID, grpid);
        Words.putInt(buffer, at + PERM, perm);
        Words.putInt(buffer, at + RESERVED, 0);
        Words.putLong(buffer, at + ADDR, addr);
        Words.putInt(buffer, at + LENGTH, 0);
        Words.putInt(buffer, at + COOKIE, cookie);
    }

    /** The flags, whether or not they are known. */
    public static int flags(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + FLAGS);
    }

    /** The device's id. */
    public static int devId(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + DEV_ID);
    }

    /** The PASID field, whether or not it is valid. */
    public static int pasid(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + PASID);
    }

    /** The page request group index or stall tag. */
    public static int grpid(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + GRPID);
    }

    /** The permissions that are asked for. */
    public static int perm(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + PERM);
    }

    /** The address, in bytes. */
    public static long addr(ByteBuffer buffer, int at) {
        return Words.getLong(buffer, at + ADDR);
    }

    /** The length, which the kernel leaves 0. */
    public static int length(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + LENGTH);
    }

    /** The group's cookie, all 32 bits. */
    public static int cookie(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + COOKIE);
    }
}
