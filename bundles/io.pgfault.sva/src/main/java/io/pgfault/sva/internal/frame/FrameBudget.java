// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.frame;

import io.pgfault.parts.MemorySize;

/** Reads how many page frames configuration asks for, see {@link MemorySize}. */
public final class FrameBudget {
    /** The most frames: 64 GiB. The allocator keeps 12 bytes for each frame on the heap. */
    public static final int MAX = 1 << 24;

    /** The size that memory has unless configuration says otherwise. */
    public static final String DEFAULT = "256MiB";

    private FrameBudget() {}

    /**
     * Reads a size.
     *
     * @return the number of frames, 1 to {@link #MAX}
     * @throws IllegalArgumentException if the text is no size, or a size out of that range; the message says what to
     *     write
     */
    public static int parse(String text) {
        long pages = MemorySize.pages(text).orElse(0);
        if (pages >= 1 && pages <= MAX) {
            return (int) pages;
        }
        throw new IllegalArgumentException(
                "frames of io.pgfault.sva.frames: \"%s\" is no size of memory; write a number of 4 KiB pages from 1"
                                .formatted(text)
                        + " to %d, or bytes such as 256MiB".formatted(MAX));
    }
}
