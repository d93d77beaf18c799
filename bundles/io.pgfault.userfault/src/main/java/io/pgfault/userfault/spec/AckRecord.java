// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import java.nio.ByteBuffer;

/**
 * The acknowledgement of a control record, 40 bytes among the fault records. The kernel has no such record: there the
 * ioctl returns.
 *
 * <pre>
 *  0  u32 flags   bit 30 set, which no fault has, and LAST_PAGE
 * 12  u32 grpid   the control record's token
 * 16  u32 perm    its operation
 * 24  u64 addr    how many entries of its data were done
 * 32  u32 length  the error number of Linux, 0 if all was done
 * 36  u32 cookie  0, which no group has
 * </pre>
 *
 * All other fields are 0. Every method takes the byte offset {@code at} of a record in the buffer.
 *
 * @since 1.2
 */
public final class AckRecord {
    /** Size in bytes. */
    public static final int SIZE = FaultRecord.SIZE;

    /** Bit of the flags that tells an acknowledgement from a fault. */
    public static final int ACK = 1 << 30;

    private static final int LENGTH = 32;

    private AckRecord() {}

    /** Writes all 40 bytes. */
    public static void put(ByteBuffer buffer, int at, int token, int op, long done, int errno) {
        FaultRecord.put(buffer, at, 0, 0, 0, token, op, done, 0);
        Words.putInt(buffer, at, ACK | FaultRecord.LAST_PAGE);
        Words.putInt(buffer, at + LENGTH, errno);
    }

    /** Whether the record is an acknowledgement. */
    public static boolean isAck(ByteBuffer buffer, int at) {
        return FaultRecord.flags(buffer, at) >= 0 && (FaultRecord.flags(buffer, at) & ACK) != 0;
    }

    /** The control record's token. */
    public static int token(ByteBuffer buffer, int at) {
        return FaultRecord.grpid(buffer, at);
    }

    /** The control record's operation. */
    public static int op(ByteBuffer buffer, int at) {
        return FaultRecord.perm(buffer, at);
    }

    /** How many entries were done. */
    public static long done(ByteBuffer buffer, int at) {
        return FaultRecord.addr(buffer, at);
    }

    /** The error number of Linux, 0 if all was done. */
    public static int errno(ByteBuffer buffer, int at) {
        return FaultRecord.length(buffer, at);
    }
}
