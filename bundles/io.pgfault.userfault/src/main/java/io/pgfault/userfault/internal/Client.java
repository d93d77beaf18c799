// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.handler.FaultGroup;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.ResponseRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * The client of a queue: fault records on their way out, response records on their way in. One thread.
 *
 * <p>Records go into the output buffer by whole groups, so that what a client sees is whole groups too, one after the
 * other, however the stream is cut into reads.
 */
final class Client {
    /** Takes the responses. */
    @FunctionalInterface
    interface Responses {
        void response(int cookie, int code);
    }

    private static final System.Logger LOG = System.getLogger(Client.class.getName());
    private static final int OUT_BYTES = 1 << 16;
    private static final int IN_BYTES = 1 << 15;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private ByteBuffer out = ByteBuffer.allocateDirect(OUT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    /** The bytes of the output buffer that are still to be written. */
    private int start;

    private int end;
    private boolean readsNoMore;

    Client(SocketChannel channel, Selector selector) throws IOException {
        this.channel = channel;
        channel.configureBlocking(false);
        this.key = channel.register(selector, SelectionKey.OP_READ);
    }

    SelectionKey key() {
        return key;
    }

    /** Whether the client doesn't read: nothing more can be put until it does. */
    boolean isBlocked() {
        return end > start;
    }

    /** Makes room for a group of {@code size} records; false if earlier ones have to be read first. */
    boolean makeRoom(int size) {
        int bytes = size * FaultRecord.SIZE;
        if (end + bytes > out.capacity() && start < end) {
            flush();
        }
        if (start == end && bytes > out.capacity()) {
            out = ByteBuffer.allocateDirect(Integer.highestOneBit(bytes) << 1).order(ByteOrder.LITTLE_ENDIAN);
        }
        return end + bytes <= out.capacity();
    }

    /** Puts a group for which there is room; false, and nothing is put, if the group has just been answered. */
    boolean put(FaultGroup group, int cookie) {
        int devId = group.device().id();
        int pasid = group.pasid();
        int grpid = group.id();
        int size = group.size();
        try {
            for (int i = 0, at = end; i < size; i++, at += FaultRecord.SIZE) {
                FaultRecord.put(
                        out, at, group.flags(i), devId, pasid, grpid, group.permissions(i), group.address(i), cookie);
            }
        } catch (IllegalStateException e) {
            // The deadline or a detach came first: nobody has to be asked any more.
            return false;
        }
        end += size * FaultRecord.SIZE;
        return true;
    }

    /** Tells the client that something was refused; false if it doesn't read, and can't be told. */
    boolean put(Refusal refusal, int cookie, int code) {
        if (!makeRoom(1)) {
            return false;
        }
        refusal.put(out, end, cookie, code);
        end += FaultRecord.SIZE;
        return true;
    }

    /** Whether the client can't be written to any more; what it had written before may still be there. */
    boolean readsNoMore() {
        return readsNoMore;
    }

    /** Writes as much as the client takes. */
    void flush() {
        if (start < end && !readsNoMore) {
            out.limit(end).position(start);
            try {
                channel.write(out);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "a client reads no more", e);
                readsNoMore = true;
            }
            start = out.position();
            out.clear();
        }
        if (start == end) {
            start = 0;
            end = 0;
        }
        int interest = SelectionKey.OP_READ | (isBlocked() && !readsNoMore ? SelectionKey.OP_WRITE : 0);
        if (key.interestOps() != interest) {
            key.interestOps(interest);
        }
    }

    /**
     * Reads what is there; part of a record waits for its rest.
     *
     * @return how many bytes were read, -1 when the client has gone
     */
    int receive(Responses responses) {
        int read;
        try {
            read = channel.read(in);
        } catch (IOException e) {
            // It was killed with records unread: one way to go.
            LOG.log(System.Logger.Level.DEBUG, "a client has gone", e);
            return -1;
        }
        int at = 0;
        for (; at + ResponseRecord.SIZE <= in.position(); at += ResponseRecord.SIZE) {
            responses.response(ResponseRecord.cookie(in, at), ResponseRecord.code(in, at));
        }
        in.flip().position(at);
        in.compact();
        return read;
    }

    void close() throws IOException {
        channel.close();
    }
}
