// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.parts.RateLimitedLog;
import io.pgfault.sva.internal.file.TransferBuffers;
import io.pgfault.sva.internal.frame.PageFrames;

/**
 * What all memory objects share. Any thread.
 *
 * @param frames where the pages' frames come from
 * @param buffers through which pages are read from files and written to files
 * @param log for failures of files, which a device can provoke at any rate
 */
public record PageCache(PageFrames frames, TransferBuffers buffers, RateLimitedLog log) {
    private static final System.Logger LOG = System.getLogger(PageCache.class.getName());

    /** A cache over {@code frames}, with nothing in it. */
    public PageCache(PageFrames frames) {
        this(frames, new TransferBuffers(), new RateLimitedLog(LOG));
    }
}
