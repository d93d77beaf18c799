// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The structures to receive one file descriptor with ({@code recvmsg}, {@code SCM_RIGHTS}; 64-bit Linux).
 *
 * <pre>
 * msghdr, 56 bytes    name@0 namelen@8 iov@16 iovlen@24 control@32 controllen@40 flags@48
 * iovec, 16 bytes     base@0 len@8
 * cmsghdr, 24 bytes   len@0 level@8 type@12 descriptor@16
 * </pre>
 */
final class DescriptorMessage {
    static final int HEADER_SIZE = 56;

    /** {@code MSG_CMSG_CLOEXEC}: no child inherits the descriptor. */
    static final int CLOSE_ON_EXEC = 0x4000_0000;

    private static final int IOV = 16;
    private static final int IOV_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int VECTOR_SIZE = 16;
    private static final int VECTOR_LENGTH = 8;
    private static final int CONTROL_SIZE = 24;
    private static final int LEVEL = 8;
    private static final int TYPE = 12;
    private static final int DESCRIPTOR = 16;
    private static final int LENGTH_OF_ONE = 20;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    private final ByteBuffer header = buffer(HEADER_SIZE);
    private final ByteBuffer vector = buffer(VECTOR_SIZE);
    private final ByteBuffer control = buffer(CONTROL_SIZE);

    /** The byte that Linux requires beside a descriptor. */
    private final ByteBuffer bytes = buffer(1);

    DescriptorMessage(SystemCalls calls) {
        vector.putLong(0, calls.address(bytes)).putLong(VECTOR_LENGTH, bytes.capacity());
        header.putLong(IOV, calls.address(vector)).putLong(IOV_COUNT, 1);
        header.putLong(CONTROL, calls.address(control)).putLong(CONTROL_LENGTH, CONTROL_SIZE);
    }

    ByteBuffer header() {
        return header;
    }

    /** The received descriptor. */
    int descriptor() throws CallFailed {
        boolean came = header.getLong(CONTROL_LENGTH) >= LENGTH_OF_ONE
                && control.getLong(0) == LENGTH_OF_ONE
                && control.getInt(LEVEL) == SOL_SOCKET
                && control.getInt(TYPE) == SCM_RIGHTS;
        if (!came) {
            throw new CallFailed("receiving a descriptor: the sender sent none", Errno.EPIPE);
        }
        return control.getInt(DESCRIPTOR);
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
