// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import io.pgfault.api.ResponseCode;
import java.nio.ByteBuffer;

/**
 * User space's answer to a group, 8 bytes ({@code include/uapi/linux/iommufd.h}, {@code struct
 * iommu_hwpt_page_response}).
 *
 * <pre>
 *  0  u32 cookie   of the group's last record
 *  4  u32 code     SUCCESS 0, INVALID 1
 * </pre>
 *
 * Every method takes the byte offset {@code at} of a record in the buffer.
 */
public final class ResponseRecord {
    /** Size in bytes. */
    public static final int SIZE = 8;

    /** Code: the pages are there, the device retries. */
    public static final int SUCCESS = 0;

    /** Code: at least one page can't be granted. */
    public static final int INVALID = 1;

    private static final int COOKIE = 0;
    private static final int CODE = 4;

    private ResponseRecord() {}

    /** Writes all 8 bytes. */
    public static void put(ByteBuffer buffer, int at, int cookie, int code) {
        Words.putInt(buffer, at + COOKIE, cookie);
        Words.putInt(buffer, at + CODE, code);
    }

    /** The cookie, all 32 bits. */
    public static int cookie(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + COOKIE);
    }

    /** The code, whether or not it is known. */
    public static int code(ByteBuffer buffer, int at) {
        return Words.getInt(buffer, at + CODE);
    }

    /** The code for an answer. User space has no word for FAILURE: such a group is INVALID there. */
    public static int code(ResponseCode code) {
        return code == ResponseCode.SUCCESS ? SUCCESS : INVALID;
    }
}
