// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Memory that several areas can map: a file, or anonymous memory that is shared (kernel: {@code struct address_space}).
 * It has a {@link CachedPage} for each of its pages that is in memory. Counted references; the last one writes changed
 * pages back and frees all. Any thread.
 */
abstract sealed class MemoryObject permits MappedFile, SharedMemory {
    private final PageFrames frames;
    private final ConcurrentHashMap<Long, CachedPage> pages = new ConcurrentHashMap<>();
    private int references = 1;

    MemoryObject(PageFrames frames) {
        this.frames = frames;
    }

    /**
     * Fills a frame with a page's contents, zeros beyond the end.
     *
     * @return false if the whole page lies beyond the end
     */
    abstract boolean load(long index, long frame) throws IOException;

    /** Writes a frame back as a page's contents, as far as the page lies before the end. */
    abstract void store(long index, long frame) throws IOException;

    /** Whether pages can go from memory and be loaded again. */
    abstract boolean isReclaimable();

    /** After the last reference. */
    abstract void ended();

    final PageFrames frames() {
        return frames;
    }

    /** The page of that index, in memory or not. */
    final CachedPage page(long index) {
        CachedPage page = pages.get(index);
        return page == null ? pages.computeIfAbsent(index, i -> new CachedPage(this, i)) : page;
    }

    /** The page has no frame any more and is of no more use. */
    final void forget(CachedPage page) {
        pages.remove(page.index(), page);
    }

    /** Takes a reference; false if the last one has been given back, and all that this means has been done. */
    final synchronized boolean take() {
        if (references == 0) {
            return false;
        }
        references++;
        return true;
    }

    /** Gives a reference back; no mapping made with it is in any page table, nor in use by a device. */
    final synchronized void give() {
        references--;
        if (references == 0) {
            pages.values().forEach(CachedPage::end);
            ended();
        }
    }

    /** Writes changed pages back. They stay in memory, and stay changed if somebody can go on changing them. */
    final void sync() throws IOException {
        for (CachedPage page : pages.values()) {
            page.sync();
        }
    }
}
