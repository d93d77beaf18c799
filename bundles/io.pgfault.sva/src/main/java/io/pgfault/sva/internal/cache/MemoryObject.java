// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.parts.RateLimitedLog;
import io.pgfault.sva.internal.frame.PageFrames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Memory that several areas can map: a file, or shared anonymous memory (kernel: {@code struct address_space}). The
 * object has a {@link CachedPage} for each of its pages that is in memory, and counts references. When the last
 * reference goes, the object writes dirty pages back and frees all pages. Any thread.
 */
public final class MemoryObject implements Backing.Readahead {
    private static final System.Logger LOG = System.getLogger(MemoryObject.class.getName());
    private static final Comparator<CachedPage> BY_INDEX = Comparator.comparingLong(CachedPage::index);

    private final PageCache cache;
    private final Backing backing;
    private final String name;
    private final Consumer<MemoryObject> whenEnded;
    private final ConcurrentHashMap<Long, CachedPage> pages = new ConcurrentHashMap<>();

    /**
     * The write-back lock. While a thread holds it, every page of the object is either clean on disk or still marked
     * dirty: none is between copy and write.
     */
    private final Object writeback = new Object();

    /** Guarded by this object's monitor. */
    private int references = 1;

    /**
     * An object with one reference and no page in memory.
     *
     * @param name for messages
     * @param whenEnded called once with this object, after the last reference has gone and the pages are free
     */
    MemoryObject(PageCache cache, Backing backing, String name, Consumer<MemoryObject> whenEnded) {
        this.cache = cache;
        this.backing = backing;
        this.name = name;
        this.whenEnded = whenEnded;
    }

    PageFrames frames() {
        return cache.frames();
    }

    RateLimitedLog log() {
        return cache.log();
    }

    /** Whether the object is a file. */
    public boolean isFile() {
        return backing.isFile();
    }

    /** Whether areas with WRITE may map the object shared. */
    public boolean isWritable() {
        return backing.isWritable();
    }

    boolean load(long index, long frame) throws IOException {
        return backing.load(this, index, frame);
    }

    /** The page of an index, in memory or not. */
    public CachedPage page(long index) {
        CachedPage page = pages.get(index);
        return page == null ? pages.computeIfAbsent(index, i -> new CachedPage(this, i)) : page;
    }

    @Override
    public boolean has(long index) {
        return pages.containsKey(index);
    }

    @Override
    public void add(long index, long frame) {
        CachedPage page = new CachedPage(this, index);
        // A thread that finds the page waits for the monitor until the page has its frame.
        synchronized (page) {
            if (pages.putIfAbsent(index, page) == null) {
                page.setFrame(frame);
            } else {
                frames().release(frame);
            }
        }
    }

    /** Takes out a page that has no frame, or is about to lose its frame. */
    void unlink(CachedPage page) {
        pages.remove(page.index(), page);
    }

    /** Takes a reference (kernel: {@code get_file}); false if the last reference has gone. */
    public synchronized boolean get() {
        if (references == 0) {
            return false;
        }
        references++;
        return true;
    }

    /**
     * Drops a reference (kernel: {@code fput}). No page table holds a mapping of that reference, and no device uses
     * one.
     */
    public synchronized void put() {
        references--;
        if (references == 0) {
            end();
        }
    }

    private void end() {
        synchronized (writeback) {
            try {
                write(pagesByIndex());
            } catch (IOException e) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        () -> "pages of %s can't be written back; their changes are lost".formatted(this),
                        e);
            }
            pages.values().forEach(CachedPage::end);
        }
        whenEnded.accept(this);
        backing.close();
    }

    /** Writes dirty pages back. The pages stay in memory; a page that is mapped for writing stays dirty. */
    public void sync() throws IOException {
        synchronized (writeback) {
            write(pagesByIndex());
        }
    }

    /**
     * Evicts pages that are not mapped, after writing the dirty pages among them back. A page that can't be written
     * stays.
     *
     * @param victims pages of this object; sorted by the call
     * @return how many frames came free
     */
    int evict(List<CachedPage> victims) {
        victims.sort(BY_INDEX);
        int freed = 0;
        synchronized (writeback) {
            try {
                write(victims);
            } catch (IOException e) {
                log().error(() -> "pages of %s can't be written back; they stay in memory".formatted(this), e);
            }
            for (CachedPage victim : victims) {
                freed += victim.evict() ? 1 : 0;
            }
        }
        return freed;
    }

    private List<CachedPage> pagesByIndex() {
        List<CachedPage> sorted = new ArrayList<>(pages.values());
        sorted.sort(BY_INDEX);
        return sorted;
    }

    private void write(List<CachedPage> sorted) throws IOException {
        if (!isFile()) {
            return;
        }
        ByteBuffer bytes = cache.buffers().acquire();
        try {
            new Writeback(backing::store, bytes).write(sorted);
        } finally {
            cache.buffers().release(bytes);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
