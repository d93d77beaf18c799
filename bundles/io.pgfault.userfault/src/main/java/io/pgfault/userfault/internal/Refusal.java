// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.userfault.spec.FaultRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Why something that a client did was refused, as a record among its fault records. The kernel says such things through
 * the result of {@code write}; a socket has none, so it comes back on the same stream, in a record of the same size:
 *
 * <pre>
 *  0  u32 flags    bit 31 set, which no fault has, and LAST_PAGE
 * 12  u32 grpid    the cookie that was refused
 * 16  u32 perm     the code it came with
 * 32  u32 length   the error number
 * 36  u32 cookie   0, which no group has
 * </pre>
 *
 * All other fields are 0. A client that knows nothing of this sees a group of one with cookie 0; what it answers to
 * cookie 0 is dropped without another word, so the two never talk in circles.
 */
enum Refusal {
    /** EPERM: the peer's user may not connect. */
    NOT_PERMITTED(1, "the peer is another user; name the user in the property peers"),
    /** EBUSY: the queue has a client. */
    BUSY(16, "the queue has a client already"),
    /** EINVAL: no such cookie outstanding, or no such code; a code that is not one leaves the cookie outstanding. */
    NOT_VALID(22, "the cookie is not outstanding, or the code is neither 0 nor 1"),
    /** ENOSPC: SUCCESS would make more pages present than are allowed; the group was answered INVALID. */
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

    /** The error number, as Linux has it. */
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

    /** A record by itself, ready to be written. */
    ByteBuffer record() {
        ByteBuffer buffer = ByteBuffer.allocate(FaultRecord.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        put(buffer, 0, 0, 0);
        return buffer;
    }
}
