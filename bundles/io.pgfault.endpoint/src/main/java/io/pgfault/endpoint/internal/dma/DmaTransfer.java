// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.dma;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import io.pgfault.endpoint.internal.device.PageUse;
import java.nio.ByteBuffer;

/** Moves bytes between a channel's buffer and the page of an access. Only the thread of the channel uses it. */
final class DmaTransfer implements PageUse {
    private final PhysicalMemory memory;
    private ByteBuffer buffer;
    private boolean write;
    private int offset;
    private boolean done;

    DmaTransfer(PhysicalMemory memory) {
        this.memory = memory;
    }

    /**
     * Sets up the next transfer.
     *
     * @param bytes the buffer whose remaining bytes are read or written
     * @param address the virtual address of the first byte; the bytes lie in one page
     * @param toMemory true to write to memory, false to read from memory
     */
    void prepare(ByteBuffer bytes, long address, boolean toMemory) {
        buffer = bytes;
        write = toMemory;
        offset = (int) address & (Translation.PAGE_SIZE - 1);
        done = false;
    }

    @Override
    public void use(long translation) {
        long address = Translation.address(translation) + offset;
        done = write ? memory.write(address, buffer) : memory.read(address, buffer);
    }

    /** Whether the transfer moved the bytes; false also if the page has no memory. */
    boolean done() {
        return done;
    }
}
