// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.PhysicalMemory;
import java.nio.ByteBuffer;

/** Memory from address 0 on, as much as the test wants. */
public record FakeMemory(ByteBuffer bytes) implements PhysicalMemory {
    public FakeMemory(int pages) {
        this(ByteBuffer.allocate(pages << 12));
    }

    private boolean isThere(long address, int length) {
        return address >= 0 && address + length <= bytes.capacity();
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        if (!isThere(address, to.remaining())) {
            return false;
        }
        to.put(bytes.slice((int) address, to.remaining()));
        return true;
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        if (!isThere(address, from.remaining())) {
            return false;
        }
        bytes.slice((int) address, from.remaining()).put(from);
        return true;
    }

    @Override
    public long frames() {
        return bytes.capacity() / 4096;
    }

    @Override
    public long framesInUse() {
        return frames();
    }
}
