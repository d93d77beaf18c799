// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A client that attaches first stages, written against RECORDS.md of userfault without a class of userfault. */
final class VmmClient implements AutoCloseable {
    static final int ATTACH = 1;
    static final int DETACH = 2;
    static final int INVALIDATE = 3;
    static final int DETACH_ALL = 4;
    static final int VTD = 1;

    private final SocketChannel channel;

    /** A record as it came. */
    record Received(int flags, int devId, int pasid, int grpid, int perm, long addr, int length, int cookie) {
        boolean isAck() {
            return (flags & (1 << 30)) != 0;
        }

        boolean isRefusal() {
            return flags < 0;
        }
    }

    VmmClient(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    /** The next record; waits for it. */
    Received next() throws IOException {
        ByteBuffer record = bytes(40);
        while (record.hasRemaining()) {
            if (channel.read(record) < 0) {
                throw new EOFException("after " + record.position() + " bytes of a record");
            }
        }
        return new Received(
                record.getInt(0),
                record.getInt(4),
                record.getInt(8),
                record.getInt(12),
                record.getInt(16),
                record.getLong(24),
                record.getInt(32),
                record.getInt(36));
    }

    void respond(Received fault, int code) throws IOException {
        write(bytes(8).putInt(fault.cookie()).putInt(code).flip());
    }

    void control(int token, int op, int devId, int pasid, int type, ByteBuffer data) throws IOException {
        write(bytes(24 + data.remaining())
                .putInt(token)
                .putInt((1 << 31) | op)
                .putInt(devId)
                .putInt(pasid)
                .putInt(type)
                .putInt(data.remaining())
                .put(data)
                .flip());
    }

    void attach(int token, int devId, int pasid, long root) throws IOException {
        control(
                token,
                ATTACH,
                devId,
                pasid,
                VTD,
                bytes(24).putLong(0).putLong(root).putInt(48).putInt(0).flip());
    }

    void detach(int token, int devId, int pasid) throws IOException {
        control(token, DETACH, devId, pasid, 0, bytes(0));
    }

    void invalidate(int token, int devId, int pasid, int flags) throws IOException {
        control(
                token,
                INVALIDATE,
                devId,
                pasid,
                VTD,
                bytes(24).putLong(0).putLong(-1).putInt(flags).putInt(0).flip());
    }

    /** The error number of the next record, which acknowledges {@code token}. */
    int errno(int token) throws IOException {
        Received ack = next();
        if (!ack.isAck() || ack.grpid() != token) {
            throw new AssertionError("an acknowledgement of " + token + " was due, got " + ack);
        }
        return ack.length();
    }

    static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
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
