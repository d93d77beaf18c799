// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.engine;

import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What an engine reports of a request, 56 bytes, little-endian.
 *
 * <pre>
 *  0  u64 token         of the request
 *  8  u32 status        0 SUCCESS, 1 INVALID, 2 FAILED, 3 NO_MEMORY, 4 DISCONNECTED, 5 the request is malformed
 * 12  u32 reserved      0
 * 16  u64 bytes         done
 * 24  u64 result        of the operation
 * 32  u64 fault address
 * 40  u64 requests      page requests or stalled transactions
 * 48  u64 groups        in which they were sent
 * </pre>
 */
record Reply(long token, int status, long bytes, long result, long faultAddress, long requests, long groups) {
    /** Size in bytes. */
    static final int SIZE = 56;

    private static final int MALFORMED = 5;
    private static final Status[] STATUSES = {
        Status.SUCCESS, Status.INVALID, Status.FAILED, Status.NO_MEMORY, Status.DISCONNECTED
    };

    /** Reports a descriptor, or an access as a descriptor of no bytes. */
    static Reply of(long token, Completion c) {
        int status = 0;
        while (STATUSES[status] != c.status()) {
            status++;
        }
        return new Reply(token, status, c.bytes(), c.result(), c.faultAddress(), c.requests(), c.groups());
    }

    /** Refuses a request. */
    static Reply malformed(long token) {
        return new Reply(token, MALFORMED, 0, 0, 0, 0, 0);
    }

    /**
     * What became of the request.
     *
     * @throws IllegalStateException if the engine refused the request as malformed, or its status is unknown
     */
    Completion completion() {
        if (status < 0 || status >= STATUSES.length) {
            throw new IllegalStateException(
                    "the host's engine answered status %d; host and guest must be of one version".formatted(status));
        }
        return new Completion(STATUSES[status], bytes, result, faultAddress, requests, groups);
    }

    /** The bytes of the message, ready to be written. */
    ByteBuffer encode() {
        return ByteBuffer.allocate(SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(token)
                .putInt(status)
                .putInt(0)
                .putLong(bytes)
                .putLong(result)
                .putLong(faultAddress)
                .putLong(requests)
                .putLong(groups)
                .flip();
    }

    /** Reads the message that a buffer holds from its first byte. */
    static Reply decode(ByteBuffer bytes) {
        ByteBuffer b = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new Reply(
                b.getLong(0), b.getInt(8), b.getLong(16), b.getLong(24), b.getLong(32), b.getLong(40), b.getLong(48));
    }
}
