// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A guest of a guest, written against RECORDS.md of userfault: its memory is a part of a file, with an x86-64 page
 * table of four levels, and its client attaches that table to a device. One thread.
 */
final class InnerGuest implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int ROOT = PAGE;
    private static final int LAST = 4 * PAGE;
    private static final long PRESENT_WRITE_USER = 7;
    private static final int RECORD = 40;
    private static final int CONTROL = 24;
    private static final int VTD_S1 = 1;

    private final SocketChannel queue;
    private final FileChannel memory;
    private final long start;

    /** @param start where the guest's memory starts in the file, bytes */
    InnerGuest(Path socket, Path file, long start) throws IOException {
        this.queue = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        this.memory = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        this.start = start;
        for (int table = ROOT; table < LAST; table += PAGE) {
            word(table, table + PAGE | PRESENT_WRITE_USER);
        }
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void word(long address, long value) throws IOException {
        memory.write(bytes(Long.BYTES).putLong(0, value), start + address);
    }

    /** Maps one of the first 512 pages of the address space. */
    void map(long address, long page) throws IOException {
        word(LAST + address / PAGE * Long.BYTES, page | PRESENT_WRITE_USER);
    }

    void write(long page, byte[] content) throws IOException {
        memory.write(ByteBuffer.wrap(content), start + page);
    }

    byte[] read(long page) throws IOException {
        byte[] content = new byte[PAGE];
        memory.read(ByteBuffer.wrap(content), start + page);
        return content;
    }

    /** Attaches the page table to (device, PASID); returns the error number of the acknowledgement. */
    int attach(int device, int pasid) throws IOException {
        ByteBuffer record = bytes(2 * CONTROL)
                .putInt(1)
                .putInt(1 << 31 | 1)
                .putInt(device)
                .putInt(pasid)
                .putInt(VTD_S1)
                .putInt(CONTROL)
                .putLong(0)
                .putLong(ROOT)
                .putInt(48)
                .putInt(0)
                .flip();
        queue.write(record);
        return next().getInt(32);
    }

    /** The next record of the queue. */
    ByteBuffer next() throws IOException {
        ByteBuffer record = bytes(RECORD);
        while (record.hasRemaining()) {
            if (queue.read(record) < 0) {
                throw new EOFException("the queue has closed");
            }
        }
        return record;
    }

    /** Answers a fault record: 0 SUCCESS, 1 INVALID. */
    void respond(ByteBuffer fault, int code) throws IOException {
        queue.write(bytes(8).putInt(fault.getInt(36)).putInt(code).flip());
    }

    @Override
    public void close() throws IOException {
        queue.close();
        memory.close();
    }
}
