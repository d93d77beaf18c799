// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.nio.ByteBuffer;

/** Anonymous memory that forks share. Its pages have nowhere to go, so they stay until the last area is unmapped. */
final class SharedMemory extends MemoryObject {
    SharedMemory(PageFrames frames) {
        super(frames);
    }

    @Override
    boolean load(long index, long frame) {
        frames().zero(frame, 0);
        return true;
    }

    @Override
    void store(long position, ByteBuffer bytes) {}

    @Override
    boolean isReclaimable() {
        return false;
    }

    @Override
    void ended() {}
}
