// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.handler.FaultGroup;
import io.pgfault.userfault.internal.nest.ControlRequest;
import io.pgfault.userfault.spec.AckRecord;
import io.pgfault.userfault.spec.FaultRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * The client of a queue, with a buffer of fault records to write and a buffer of response records that were read. Only
 * the queue's thread calls these methods.
 *
 * <p>The queue's thread puts whole groups into the output buffer, so that the client reads whole groups, one after the
 * other, also when the stream arrives in pieces.
 */
final class Client {
    private static final System.Logger LOG = System.getLogger(Client.class.getName());
    private static final int OUT_BYTES = 1 << 16;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final Incoming in;
    private ByteBuffer out = ByteBuffer.allocateDirect(OUT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    /** The bytes of {@code out} from {@code start} to {@code end} are not written yet. */
    private int start;

    private int end;
    private boolean readsNoMore;

    /** @param controls whether the queue takes control records */
    Client(SocketChannel channel, Selector selector, boolean controls) throws IOException {
        this.channel = channel;
        this.in = new Incoming(controls);
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

    /** Makes room for a group of {@code size} records; false if the client must read earlier records first. */
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

    /**
     * Puts a group into the output buffer, which has room for the group.
     *
     * @return false, and puts no record, if a deadline or a detach has answered the group
     */
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
            // A deadline or a detach has answered the group: the client need not answer it.
            return false;
        }
        end += size * FaultRecord.SIZE;
        return true;
    }

    /** Puts a refusal record into the output buffer; false if the client doesn't read and the buffer is full. */
    boolean put(Refusal refusal, int cookie, int code) {
        if (!makeRoom(1)) {
            return false;
        }
        refusal.put(out, end, cookie, code);
        end += FaultRecord.SIZE;
        return true;
    }

    /** Puts an acknowledgement into the output buffer; false if the client doesn't read and the buffer is full. */
    boolean put(ControlRequest.Ack ack) {
        if (!makeRoom(1)) {
            return false;
        }
        AckRecord.put(out, end, ack.token(), ack.op(), ack.done(), ack.errno());
        end += AckRecord.SIZE;
        return true;
    }

    /** Whether a write to the client has failed. The client's earlier responses may still be unread. */
    boolean readsNoMore() {
        return readsNoMore;
    }

    /** Writes as many bytes as the socket takes. */
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
     * Reads the bytes that have arrived and passes whole records on.
     *
     * @return the count of bytes read, -1 if the client has disconnected
     */
    int receive(Incoming.Sink sink) {
        try {
            return in.receive(channel, sink);
        } catch (IOException e) {
            // The client's process ended with unread records, and the kernel reset the connection.
            LOG.log(System.Logger.Level.DEBUG, "a client has disconnected", e);
            return -1;
        }
    }

    void close() throws IOException {
        channel.close();
    }
}
