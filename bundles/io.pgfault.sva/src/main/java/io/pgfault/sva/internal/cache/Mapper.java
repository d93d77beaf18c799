// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.sva.internal.frame.FrameOwner;

/**
 * The page table of an address space, as a cached page that is mapped there knows it (kernel: reverse mapping,
 * {@code rmap}). Any thread that holds no page lock.
 */
public interface Mapper {
    /**
     * Clears the page table entry of a page if the entry maps a frame of the cached page. Devices are not told; see
     * {@link #invalidate}.
     *
     * @param page a page number: byte address / 4096
     */
    void unmap(long page, FrameOwner cached);

    /**
     * Returns when no device uses a cached translation of a range (rule S06).
     *
     * @param first byte address of the first page
     * @param last byte address in the last page, inclusive
     */
    void invalidate(long first, long last);
}
