// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import io.pgfault.userfault.spec.ResponseRecord;
import java.nio.ByteBuffer;

/**
 * What is to be written to the host, in order: a thread of the guest's unit adds a record and never waits for the host.
 * The writing thread takes everything at once. The monitor guards all state.
 *
 * <p>A group has one response, and the host gives the guest a bounded count of groups, so the buffer stays small.
 */
final class Outgoing {
    private static final int START = 4096;

    private ByteBuffer filling = ByteBuffer.allocate(START);
    private ByteBuffer other = ByteBuffer.allocate(START);
    private boolean closed;

    /** Adds a response; lost after {@link #close}, because the host answers what a guest leaves. */
    synchronized void response(int cookie, int code) {
        if (!closed) {
            require(ResponseRecord.SIZE);
            ResponseRecord.put(filling, filling.position(), cookie, code);
            filling.position(filling.position() + ResponseRecord.SIZE);
            notifyAll();
        }
    }

    /** Adds whole records; false after {@link #close}. */
    synchronized boolean add(ByteBuffer records) {
        if (closed) {
            return false;
        }
        require(records.remaining());
        filling.put(records);
        notifyAll();
        return true;
    }

    /**
     * Waits until there is something to write.
     *
     * @return the bytes, which stay valid until the next call; {@code null} after {@link #close}, when all was taken
     */
    synchronized ByteBuffer take() throws InterruptedException {
        while (filling.position() == 0 && !closed) {
            wait();
        }
        if (filling.position() == 0) {
            return null;
        }
        ByteBuffer taken = filling;
        filling = other.clear();
        other = taken;
        return taken.flip();
    }

    /** Lets nothing in any more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void require(int bytes) {
        if (filling.remaining() < bytes) {
            filling = ByteBuffer.allocate(Math.max(filling.capacity() * 2, filling.position() + bytes))
                    .put(filling.flip());
        }
    }
}
