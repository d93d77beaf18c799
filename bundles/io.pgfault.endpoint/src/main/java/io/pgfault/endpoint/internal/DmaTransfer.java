// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import java.nio.ByteBuffer;

/** Moves bytes between a buffer of the device and the page that an access has translated. One channel's. */
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
     * @param bytes its remaining bytes are read into, or written
     * @param address the virtual address of the first byte; the bytes lie in one page
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

    /** Whether the bytes were moved; false also if there is no memory behind the page. */
    boolean done() {
        return done;
    }
}
