// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A client that knows only the kernel's structures: the offsets are written down here once more. */
final class SocketClient implements AutoCloseable {
    static final int SUCCESS = 0;
    static final int INVALID = 1;

    private final SocketChannel channel;

    /**
     * A record as it came; of a refusal {@code grpid} is the cookie, {@code perm} the code, {@code length} the errno.
     */
    record Fault(int flags, int devId, int pasid, int grpid, int perm, long addr, int length, int cookie) {
        boolean isLast() {
            return (flags & 2) != 0;
        }

        boolean isRefusal() {
            return flags < 0;
        }
    }

    SocketClient(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    /** The next record; waits for it. */
    Fault next() throws IOException {
        ByteBuffer record = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
        while (record.hasRemaining()) {
            if (channel.read(record) < 0) {
                throw new EOFException("after " + record.position() + " bytes of a record");
            }
        }
        return new Fault(
                record.getInt(0),
                record.getInt(4),
                record.getInt(8),
                record.getInt(12),
                record.getInt(16),
                record.getLong(24),
                record.getInt(32),
                record.getInt(36));
    }

    void respond(int cookie, int code) throws IOException {
        write(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(cookie)
                .putInt(code)
                .flip());
    }

    void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
