// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Whole messages on a blocking socket. One thread reads; any thread writes, one message at a time. */
final class Messages {
    private final SocketChannel channel;
    /** Held for the bytes of one message. */
    private final Object writing = new Object();

    Messages(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Fills {@code message} with the next message, from its first byte to its capacity.
     *
     * @return false if the stream has ended; a message that has begun is lost then
     */
    boolean read(ByteBuffer message) throws IOException {
        message.clear();
        while (message.hasRemaining()) {
            if (channel.read(message) < 0) {
                return false;
            }
        }
        message.flip();
        return true;
    }

    /** Writes a message. */
    void write(ByteBuffer message) throws IOException {
        synchronized (writing) {
            while (message.hasRemaining()) {
                channel.write(message);
            }
        }
    }
}
