// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where the pages of a {@link MemoryObject} come from and go to (kernel: {@code struct address_space_operations}). Any
 * thread.
 */
interface Backing {
    /** The object whose pages a backing reads ahead. */
    interface Readahead {
        /** Whether the page of an index is in memory or being loaded. */
        boolean has(long index);

        /** Adds a page that has been read into a frame. If the object has the page already, the frame is freed. */
        void add(long index, long frame);
    }

    /**
     * Fills a frame with the contents of a page, zeros beyond the end. The backing may add the pages that follow
     * (readahead). The calling thread holds the page's monitor.
     *
     * @param index the page's index in the object
     * @return false if the whole page lies beyond the end
     */
    boolean load(Readahead object, long index, long frame) throws IOException;

    /** Writes bytes from a byte position on, as far as the bytes lie before the end. */
    default void store(long position, ByteBuffer bytes) throws IOException {}

    /**
     * Whether this is a file: pages can leave memory and be loaded again, and are mapped without WRITE until written.
     */
    default boolean isFile() {
        return false;
    }

    /** Whether areas with WRITE may map the object shared. */
    default boolean isWritable() {
        return true;
    }

    /** Called once, after the last reference to the object has gone and its pages are free. */
    default void close() {}
}
