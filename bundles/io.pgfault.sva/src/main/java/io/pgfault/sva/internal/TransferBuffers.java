// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Translation;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Buffers through which neighbouring pages, whose frames don't lie side by side, come from a file or go to it in one
 * transfer. As many as there ever were transfers at the same time. Any thread.
 */
final class TransferBuffers {
    /** How many pages a buffer holds: 256 KiB, where the cost of a transfer has nearly vanished beside that of its bytes. */
    static final int PAGES = 64;

    private final Queue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

    /** A buffer for the caller alone, empty. */
    ByteBuffer take() {
        ByteBuffer buffer = idle.poll();
        return buffer == null ? ByteBuffer.allocateDirect(PAGES << Translation.PAGE_SHIFT) : buffer.clear();
    }

    /** Nobody uses the buffer any more. */
    void give(ByteBuffer buffer) {
        idle.add(buffer);
    }
}
