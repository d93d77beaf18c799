// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A page of a {@link MemoryObject}: its frame while it is in memory, and who maps it. Its fields are guarded by its
 * monitor, which is taken after a page lock and never before one.
 *
 * <p>A page table entry for the frame is made under the monitor, together with its {@link Mapping}. A mapping goes only
 * after the entry has gone and the devices have been told, so that a page without mappings is in nobody's use.
 */
final class CachedPage {
    private static final System.Logger LOG = System.getLogger(CachedPage.class.getName());

    /** A page of an address space that has, or had a moment ago, an entry for the frame. */
    record Mapping(Pages space, long page) {}

    /** What became of a page that should go. */
    enum Dropped {
        FREED,
        KEPT,
        GONE
    }

    private final MemoryObject object;
    private final long index;
    private final List<Mapping> mappings = new ArrayList<>(1);
    private long frame = PageFrames.NONE;
    private boolean changed;
    private boolean dead;

    CachedPage(MemoryObject object, long index) {
        this.object = object;
        this.index = index;
    }

    long index() {
        return index;
    }

    /** The frame, {@link PageFrames#NONE} if the page is not in memory. The monitor is held. */
    long frame() {
        return frame;
    }

    /** Whether the page has been dropped: ask the object again. The monitor is held. */
    boolean isDead() {
        return dead;
    }

    /** Whether the page is not as in the file, or about not to be. The monitor is held. */
    boolean isChanged() {
        return changed;
    }

    /** Somebody may write to the page from now on. The monitor is held. */
    void willChange() {
        changed = true;
    }

    /**
     * Loads the page into a frame and keeps it; else the page is of no more use. The monitor is held.
     *
     * @return false if the page lies beyond the end of its file or can't be read; the frame is still the caller's
     */
    boolean load(long into) {
        boolean there = false;
        try {
            there = object.load(index, into);
        } catch (IOException e) {
            if (object.frames().reclaim().mayLog()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "page %d of %s can't be read; answered INVALID".formatted(index, object),
                        e);
            }
        }
        if (!there) {
            giveUp();
            return false;
        }
        frame = into;
        object.frames().own(into, this);
        if (object.isReclaimable()) {
            object.frames().reclaim().add(this);
        }
        return true;
    }

    /** There is no frame and won't be one: the page is of no more use. The monitor is held. */
    void giveUp() {
        dead = true;
        object.forget(this);
    }

    /** There will be an entry for the frame; the monitor is held until it is there. */
    void add(Mapping mapping) {
        mappings.remove(mapping);
        mappings.add(mapping);
    }

    /** An entry has gone, devices have been told, and no new one can have been made since. */
    synchronized void remove(Mapping mapping) {
        mappings.remove(mapping);
    }

    /**
     * The entries of what {@link #mappings} returned have gone, and devices have been told. A mapping that was made again
     * since is another object, and stays.
     */
    @SuppressWarnings("ReferenceEquality")
    synchronized void removeAll(List<Mapping> gone) {
        mappings.removeIf(mapping -> gone.stream().anyMatch(one -> one == mapping));
    }

    /** Who maps the page; empty if it is not in memory. */
    synchronized List<Mapping> mappings() {
        return List.copyOf(mappings);
    }

    /**
     * Drops the page from memory if nobody maps it; a changed one is written to its file first. One that can't be written
     * is kept.
     */
    synchronized Dropped drop() {
        if (dead) {
            return Dropped.GONE;
        }
        if (!mappings.isEmpty()) {
            return Dropped.KEPT;
        }
        try {
            store();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    () -> "page %d of %s can't be written back; it stays in memory".formatted(index, object),
                    e);
            return Dropped.KEPT;
        }
        free();
        return Dropped.FREED;
    }

    /** The object ends: the page goes, whether it could be written or not. */
    synchronized void end() {
        if (dead) {
            return;
        }
        try {
            store();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    () -> "page %d of %s can't be written back; its changes are lost".formatted(index, object),
                    e);
        }
        free();
    }

    /** Writes the page if it is changed. Who maps it with WRITE may change it again, so that it stays changed then. */
    synchronized void sync() throws IOException {
        if (!dead) {
            store();
        }
    }

    private void store() throws IOException {
        if (frame != PageFrames.NONE && changed) {
            object.store(index, frame);
            changed = !mappings.isEmpty();
        }
    }

    private void free() {
        dead = true;
        object.forget(this);
        if (frame != PageFrames.NONE) {
            object.frames().reclaim().remove(this);
            object.frames().own(frame, null);
            object.frames().unshare(frame);
            frame = PageFrames.NONE;
        }
    }
}
