// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.userfault.spec.FaultRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The reason of a refusal, sent to the client as a record among the fault records. The kernel reports a refusal as the
 * result of {@code write}. A write to a socket returns no such result, so the queue sends a record of the same size:
 *
 * <pre>
 *  0  u32 flags    bit 31 set, which no fault has, and LAST_PAGE
 * 12  u32 grpid    the cookie that was refused
 * 16  u32 perm     the code it came with
 * 32  u32 length   the error number
 * 36  u32 cookie   0, which no group has
 * </pre>
 *
 * All other fields are 0. A client that doesn't know refusals reads a group of one with cookie 0. The queue drops a
 * response to cookie 0 without a refusal, so that a refusal never causes another refusal.
 */
enum Refusal {
    /** EPERM: the peer's user may not connect. */
    NOT_PERMITTED(1, "the peer is another user; name the user in the property peers"),
    /** EBUSY: the queue has a client. */
    BUSY(16, "the queue has a client already"),
    /** EINVAL: the cookie is not outstanding, or the code is unknown; an unknown code leaves the cookie outstanding. */
    NOT_VALID(22, "the cookie is not outstanding, or the code is neither 0 nor 1"),
    /**
     * ENOSPC: SUCCESS would make more pages present than the property {@code pages} allows; the queue answers the group
     * INVALID.
     */
    NO_SPACE(28, "as many pages are present as may be (property pages)");

    /** Bit 31 of a record's flags. */
    static final int FLAG = 1 << 31;

    private static final int LENGTH = 32;

    private final int errno;
    private final String reason;

    Refusal(int errno, String reason) {
        this.errno = errno;
        this.reason = reason;
    }

    /** The error number of Linux. */
    int errno() {
        return errno;
    }

    /** The reason, in words. */
    String reason() {
        return reason;
    }

    /** Writes a record of {@link FaultRecord#SIZE} bytes at {@code at} into a little-endian buffer. */
    void put(ByteBuffer buffer, int at, int cookie, int code) {
        FaultRecord.put(buffer, at, 0, 0, 0, cookie, code, 0, 0);
        buffer.putInt(at, FLAG | FaultRecord.LAST_PAGE);
        buffer.putInt(at + LENGTH, errno);
    }

    /** A buffer with this record alone, for a client that has not been accepted. */
    ByteBuffer record() {
        ByteBuffer buffer = ByteBuffer.allocate(FaultRecord.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        put(buffer, 0, 0, 0);
        return buffer;
    }
}
