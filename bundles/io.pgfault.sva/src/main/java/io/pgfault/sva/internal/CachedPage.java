// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
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

    MemoryObject object() {
        return object;
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
        loaded(into);
        return true;
    }

    /** The frame has the page's contents, and is this page's from now on. The monitor is held. */
    void loaded(long into) {
        frame = into;
        object.frames().own(into, this);
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
     * Copies the page to be written back, if it is changed; it isn't from then on, unless somebody maps it, who may change
     * it again.
     *
     * @param into takes the page's bytes
     * @return whether it was copied
     */
    synchronized boolean copyIfChanged(ByteBuffer into) {
        if (frame == PageFrames.NONE || !changed) {
            return false;
        }
        object.frames().drain(frame, into);
        changed = !mappings.isEmpty();
        return true;
    }

    /** What {@link #copyIfChanged} copied could not be written. */
    synchronized void notWritten() {
        changed = true;
    }

    /** Drops the page from memory if it is not changed and nobody maps it; returns whether it went. */
    synchronized boolean drop() {
        if (dead || changed || !mappings.isEmpty()) {
            return false;
        }
        free();
        return true;
    }

    /** The object ends: the page goes, whether it could be written or not. */
    synchronized void end() {
        if (!dead) {
            free();
        }
    }

    private void free() {
        dead = true;
        object.forget(this);
        if (frame != PageFrames.NONE) {
            object.frames().own(frame, null);
            object.frames().unshare(frame);
            frame = PageFrames.NONE;
        }
    }
}
