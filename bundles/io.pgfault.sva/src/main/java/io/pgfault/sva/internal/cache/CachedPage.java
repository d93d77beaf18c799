// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.sva.internal.frame.FrameOwner;
import io.pgfault.sva.internal.frame.PageFrames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A page of a {@link MemoryObject}: its frame while the page is in memory, and its mappings (kernel:
 * {@code struct folio} of the page cache). The page's monitor guards all fields that change. A thread takes the monitor
 * after a page lock, never before one.
 *
 * <p>A thread that makes a page table entry for the frame adds the {@link Mapping} under the same hold of the monitor.
 * A mapping is removed only after the entry has gone and the devices have been told. A page without mappings is
 * therefore in no device's use.
 */
public final class CachedPage implements FrameOwner {
    private final MemoryObject object;
    private final long index;
    private final List<Mapping> mappings = new ArrayList<>(1);
    private long frame = PageFrames.NONE;
    private boolean dirty;
    private boolean evicted;

    CachedPage(MemoryObject object, long index) {
        this.object = object;
        this.index = index;
    }

    @Override
    public boolean isReclaimable() {
        return object.isFile();
    }

    MemoryObject object() {
        return object;
    }

    /** The page's index in its object. */
    long index() {
        return index;
    }

    /** The frame; {@link PageFrames#NONE} if the page is not in memory. The caller holds the monitor. */
    public long frame() {
        return frame;
    }

    /** Whether the page has left its object: the caller looks the page up again. The caller holds the monitor. */
    public boolean isEvicted() {
        return evicted;
    }

    /** Marks the page dirty, before the caller maps the page with WRITE. The caller holds the monitor. */
    public void markDirty() {
        dirty = true;
    }

    /**
     * Loads the page into a frame, which the page then owns. If that fails the page leaves its object. The caller holds
     * the monitor.
     *
     * @return false if the page lies beyond the end of its file or can't be read; the frame still belongs to the caller
     */
    public boolean load(long into) {
        boolean loaded = false;
        try {
            loaded = object.load(index, into);
        } catch (IOException e) {
            object.log().warning(() -> "page %d of %s can't be read; answered INVALID".formatted(index, object), e);
        }
        if (!loaded) {
            abandon();
            return false;
        }
        setFrame(into);
        return true;
    }

    /** Gives the page a frame that holds the page's contents. The caller holds the monitor. */
    void setFrame(long loaded) {
        frame = loaded;
        object.frames().setOwner(loaded, this);
    }

    /** Takes a page that has no frame out of its object. The caller holds the monitor. */
    public void abandon() {
        evicted = true;
        object.unlink(this);
    }

    /** Adds a mapping. The caller holds the monitor until the page table entry is there. */
    public void map(Mapping mapping) {
        mappings.remove(mapping);
        mappings.add(mapping);
    }

    /**
     * Removes a mapping whose entry has gone, after the devices have been told. No thread can have made it again since.
     */
    public synchronized void unmap(Mapping mapping) {
        mappings.remove(mapping);
    }

    /**
     * Removes mappings that {@link #mappings} returned, after their entries have gone and the devices have been told. A
     * mapping that another thread has made again since is another object and stays.
     */
    @SuppressWarnings("ReferenceEquality")
    synchronized void unmapAll(List<Mapping> gone) {
        mappings.removeIf(mapping -> gone.stream().anyMatch(other -> other == mapping));
    }

    /** The page's mappings; empty if the page is not in memory. */
    synchronized List<Mapping> mappings() {
        return List.copyOf(mappings);
    }

    /**
     * Copies a dirty page for write-back and clears the dirty mark. A page that is mapped stays dirty, because a device
     * may go on writing to the page.
     *
     * @param into takes the page's 4096 bytes
     * @return whether the page was dirty and has been copied
     */
    synchronized boolean copyIfDirty(ByteBuffer into) {
        if (frame == PageFrames.NONE || !dirty) {
            return false;
        }
        object.frames().drain(frame, into);
        dirty = !mappings.isEmpty();
        return true;
    }

    /** Marks the page dirty again, after a copy of the page could not be written. */
    synchronized void redirty() {
        dirty = true;
    }

    /** Evicts the page if the page is clean and not mapped; returns whether the page has gone. */
    synchronized boolean evict() {
        if (evicted || dirty || !mappings.isEmpty()) {
            return false;
        }
        free();
        return true;
    }

    /** Evicts the page at the end of its object, written back or not. */
    synchronized void end() {
        if (!evicted) {
            free();
        }
    }

    private void free() {
        evicted = true;
        object.unlink(this);
        if (frame != PageFrames.NONE) {
            object.frames().setOwner(frame, null);
            object.frames().release(frame);
            frame = PageFrames.NONE;
        }
    }
}
