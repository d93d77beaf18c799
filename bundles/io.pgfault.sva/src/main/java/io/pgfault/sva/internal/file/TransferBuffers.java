// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.file;

import io.pgfault.api.Translation;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Buffers for transfers between files and frames: the frames of neighbouring pages don't lie side by side, a file's
 * bytes do. There are as many buffers as there have ever been transfers at one time. Any thread.
 */
public final class TransferBuffers {
    /** Pages in a buffer: 256 KiB, where the cost of a transfer nearly vanishes beside the cost of its bytes. */
    public static final int PAGES = 64;

    private final Queue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

    /** Returns an empty buffer that no other thread uses until {@link #release}. */
    public ByteBuffer acquire() {
        ByteBuffer buffer = idle.poll();
        return buffer == null ? ByteBuffer.allocateDirect(PAGES << Translation.PAGE_SHIFT) : buffer.clear();
    }

    /** Takes a buffer back that the caller doesn't use any more. */
    public void release(ByteBuffer buffer) {
        idle.add(buffer);
    }
}
