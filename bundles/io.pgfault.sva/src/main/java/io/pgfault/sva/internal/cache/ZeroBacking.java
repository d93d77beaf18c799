// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.sva.internal.frame.PageFrames;

/** Shared anonymous memory (kernel: {@code shmem}). No page can leave memory before the last area is unmapped. */
record ZeroBacking(PageFrames frames) implements Backing {
    @Override
    public boolean load(Readahead object, long index, long frame) {
        frames.zero(frame);
        return true;
    }
}
