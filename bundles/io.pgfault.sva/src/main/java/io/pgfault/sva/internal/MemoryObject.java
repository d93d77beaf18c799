// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Memory that several areas can map: a file, or anonymous memory that is shared (kernel: {@code struct address_space}).
 * It has a {@link CachedPage} for each of its pages that is in memory. Counted references; the last one writes changed
 * pages back and frees all. Any thread.
 */
abstract sealed class MemoryObject permits MappedFile, SharedMemory, UnavailableMemory {
    private static final System.Logger LOG = System.getLogger(MemoryObject.class.getName());
    private static final Comparator<CachedPage> BY_INDEX = Comparator.comparingLong(CachedPage::index);

    private final PageFrames frames;
    private final ConcurrentHashMap<Long, CachedPage> pages = new ConcurrentHashMap<>();

    /** Held while pages are written back: who gets it finds that what was copied has been written, or is changed still. */
    private final Object writing = new Object();

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

    /** Writes bytes back from a position on, as far as they lie before the end. */
    abstract void store(long position, ByteBuffer bytes) throws IOException;

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

    /** Whether the page is in memory, or being loaded. */
    final boolean has(long index) {
        return pages.containsKey(index);
    }

    /** Adds a page unless it is there; its monitor is held until it is loaded. */
    final boolean add(CachedPage page) {
        return pages.putIfAbsent(page.index(), page) == null;
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
            end();
        }
    }

    private void end() {
        synchronized (writing) {
            try {
                write(inOrder());
            } catch (IOException e) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        () -> "pages of %s can't be written back; their changes are lost".formatted(this),
                        e);
            }
            pages.values().forEach(CachedPage::end);
        }
        ended();
    }

    /** Writes changed pages back. They stay in memory, and stay changed if somebody can go on changing them. */
    final void sync() throws IOException {
        synchronized (writing) {
            write(inOrder());
        }
    }

    /**
     * Drops pages that nobody maps; changed ones are written back first. One that can't be written is kept.
     *
     * @param victims pages of this object
     * @return how many frames came free
     */
    final int drop(List<CachedPage> victims) {
        victims.sort(BY_INDEX);
        int freed = 0;
        synchronized (writing) {
            try {
                write(victims);
            } catch (IOException e) {
                if (frames.reclaim().mayLog()) {
                    LOG.log(
                            System.Logger.Level.ERROR,
                            () -> "pages of %s can't be written back; they stay in memory".formatted(this),
                            e);
                }
            }
            for (CachedPage victim : victims) {
                freed += victim.drop() ? 1 : 0;
            }
        }
        return freed;
    }

    private List<CachedPage> inOrder() {
        List<CachedPage> sorted = new ArrayList<>(pages.values());
        sorted.sort(BY_INDEX);
        return sorted;
    }

    private void write(List<CachedPage> sorted) throws IOException {
        if (!isReclaimable()) {
            return;
        }
        TransferBuffers buffers = frames.files().buffers();
        ByteBuffer bytes = buffers.take();
        try {
            new Writeback(this, bytes).write(sorted);
        } finally {
            buffers.give(bytes);
        }
    }
}
