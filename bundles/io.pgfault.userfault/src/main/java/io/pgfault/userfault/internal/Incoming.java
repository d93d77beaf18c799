// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.userfault.internal.nest.ControlRequest;
import io.pgfault.userfault.spec.ControlRecord;
import io.pgfault.userfault.spec.ResponseRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;

/**
 * What a client writes, taken apart: responses, and control records if the queue takes them. Any bytes are responses
 * and control records of some kind, so a client that writes nonsense gets refusals. Only the queue's thread calls
 * these methods.
 */
final class Incoming {
    /** Takes what the client has written, on the queue's thread. */
    interface Sink {
        /** Takes one response. */
        void response(int cookie, int code);

        /** Takes one control record. */
        void control(ControlRequest request);

        /** Learns of a control record with more data than {@link ControlRecord#MOST_DATA}; the data is dropped. */
        void tooLong(int token, int op);
    }

    /** More than the longest control record. */
    private static final int BYTES = 1 << 15;

    private final boolean controls;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    /** How many bytes to drop: the rest of data that is too long. */
    private long skip;

    /** @param controls whether the queue takes control records */
    Incoming(boolean controls) {
        this.controls = controls;
    }

    /**
     * Reads the bytes that have arrived and passes whole records on. Part of a record stays here.
     *
     * @return the count of bytes read, -1 at the end of the stream
     */
    int receive(ReadableByteChannel channel, Sink sink) throws IOException {
        int read = channel.read(in);
        int at = 0;
        for (int next = pass(at, sink); next > at; next = pass(at, sink)) {
            at = next;
        }
        in.flip().position(at);
        in.compact();
        return read;
    }

    /** Passes the record at {@code at} on; returns where the next one begins, {@code at} if bytes are missing. */
    private int pass(int at, Sink sink) {
        int have = in.position() - at;
        if (skip > 0) {
            int dropped = (int) Math.min(skip, have);
            skip -= dropped;
            return at + dropped;
        }
        if (have < ResponseRecord.SIZE) {
            return at;
        }
        if (!controls || !ControlRecord.isControl(in, at)) {
            sink.response(ResponseRecord.cookie(in, at), ResponseRecord.code(in, at));
            return at + ResponseRecord.SIZE;
        }
        if (have < ControlRecord.SIZE) {
            return at;
        }
        long length = ControlRecord.length(in, at);
        int data = at + ControlRecord.SIZE;
        if (length > ControlRecord.MOST_DATA) {
            sink.tooLong(ControlRecord.token(in, at), ControlRecord.op(in, at));
            skip = length;
            return data;
        }
        if (have < ControlRecord.SIZE + length) {
            return at;
        }
        ByteBuffer copy = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(0, in, data, (int) length);
        sink.control(new ControlRequest(
                ControlRecord.token(in, at),
                ControlRecord.op(in, at),
                ControlRecord.devId(in, at),
                ControlRecord.pasid(in, at),
                ControlRecord.type(in, at),
                copy));
        return data + (int) length;
    }
}
