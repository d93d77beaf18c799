// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.nio.ByteBuffer;

/** What can't be read here: its pages are like those beyond the end of a file. */
final class UnavailableMemory extends MemoryObject {
    UnavailableMemory(PageFrames frames) {
        super(frames);
    }

    @Override
    boolean load(long index, long frame) {
        return false;
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
