// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.TouchedPages;
import io.pgfault.sva.internal.cache.CachedPage;
import io.pgfault.sva.internal.cache.Mapper;
import io.pgfault.sva.internal.cache.Mapping;
import io.pgfault.sva.internal.cache.PageLocks;
import io.pgfault.sva.internal.frame.FrameOwner;
import io.pgfault.sva.internal.frame.PageFrames;
import io.pgfault.sva.internal.table.PageEntry;
import io.pgfault.sva.internal.table.PageMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/**
 * The pages of one address space: the page table and the frames behind its entries (rule S04; kernel:
 * {@code memory.c}).
 *
 * <p>A thread that changes a page holds the page's lock. A thread that takes a frame out of an entry does so in this
 * order: it changes the entry, invalidates the devices' cached translations, and releases the frame. A frame released
 * earlier could serve another page while a device still writes to the frame.
 */
final class Pages implements Mapper {
    /** The permissions that an area can grant; {@link Permissions#PRIV} only says how an access is made. */
    static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    /** How a fault ended (kernel: {@code vm_fault_t}). */
    enum FaultResult {
        /** The page is present for the access. */
        DONE,
        /** The page lies beyond the end of its file or can't be read (kernel: {@code VM_FAULT_SIGBUS}). */
        NO_PAGE,
        /** No frame is free; the caller reclaims and tries again (kernel: {@code VM_FAULT_OOM}). */
        NO_FRAME
    }

    /**
     * A page whose entry has been cleared.
     *
     * @param owner the cached page that the entry mapped; null if the frame was anonymous
     */
    private record Unmapped(long page, long frame, CachedPage owner) {}

    private final PageFrames frames;
    private final PageMap table;
    private final PageLocks locks = new PageLocks();
    private final List<MmuNotifier> notifiers = new CopyOnWriteArrayList<>();

    Pages(PageFrames frames, PageMap table) {
        this.frames = frames;
        this.table = table;
    }

    /** The highest address that can be mapped. */
    long lastAddress() {
        return ProcessAddressSpace.lastAddress(table);
    }

    PageLocks locks() {
        return locks;
    }

    List<MmuNotifier> notifiers() {
        return notifiers;
    }

    /** Translates a page for a unit, and marks the page as touched by the unit's device. Doesn't block. */
    long walk(long page) {
        return table.walk(page);
    }

    /**
     * Finds the touched pages of a range, in order.
     *
     * @param first byte address of the first page
     * @param last byte address in the last page, inclusive
     */
    void touched(long first, long last, TouchedPages pages) {
        table.forEachTouched(
                first >>> Translation.PAGE_SHIFT,
                last >>> Translation.PAGE_SHIFT,
                page -> pages.touched(page << Translation.PAGE_SHIFT));
    }

    /**
     * Clears the marks of touched pages in a range, then invalidates, so that the next access walks and sets a mark.
     */
    void clearTouched(long first, long last) {
        table.clearTouched(first >>> Translation.PAGE_SHIFT, last >>> Translation.PAGE_SHIFT);
        invalidate(first, last);
    }

    /** Whether a page is present and its mapping grants all of {@code access}. Takes no lock and allocates nothing. */
    boolean grants(long page, int access) {
        return PageEntry.grants(table.get(page), access);
    }

    /** How many pages are present. */
    long size() {
        return table.size();
    }

    @Override
    public void invalidate(long first, long last) {
        for (MmuNotifier notifier : notifiers) {
            notifier.invalidate(first, last);
        }
    }

    private void invalidatePage(long page) {
        long first = page << Translation.PAGE_SHIFT;
        invalidate(first, first + (Translation.PAGE_SIZE - 1));
    }

    /** Makes a page of an area present for an access that the area grants. The caller holds the page lock. */
    FaultResult fault(Vma vma, long page, int access) {
        long entry = table.get(page);
        if (PageEntry.grants(entry, access)) {
            return FaultResult.DONE;
        }
        boolean present = PageEntry.isPresent(entry);
        if (vma.recorded()) {
            boolean set = set(vma, page, access, entry, present ? PageEntry.frame(entry) : frames.allocateRecorded());
            return set ? FaultResult.DONE : FaultResult.NO_FRAME;
        }
        boolean anonymous = present ? frames.owner(PageEntry.frame(entry)) == null : vma.object() == null;
        if (!anonymous) {
            return faultCached(vma, page, access, entry);
        }
        return present ? faultPresentAnonymous(vma, page, access, entry) : faultNewAnonymous(vma, page, access);
    }

    private FaultResult faultNewAnonymous(Vma vma, long page, int access) {
        long frame = isWrite(access) ? frames.allocate() : frames.shareZeros();
        if (frame == PageFrames.NONE) {
            return FaultResult.NO_FRAME;
        }
        if (isWrite(access)) {
            frames.zero(frame);
        }
        if (!set(vma, page, access, PageEntry.NONE, frame)) {
            frames.release(frame);
            return FaultResult.NO_FRAME;
        }
        return FaultResult.DONE;
    }

    private FaultResult faultPresentAnonymous(Vma vma, long page, int access, long entry) {
        long frame = PageEntry.frame(entry);
        if (!isWrite(access) || !frames.isShared(frame)) {
            set(vma, page, access, entry, frame);
            return FaultResult.DONE;
        }
        long copy = frames.allocate();
        if (copy == PageFrames.NONE) {
            return FaultResult.NO_FRAME;
        }
        withhold(page, entry);
        frames.copy(frame, copy);
        set(vma, page, access, PageEntry.NONE, copy);
        frames.release(frame);
        return FaultResult.DONE;
    }

    /**
     * Takes all permissions from the entry of a present page that is to get another frame, then tells the devices. So
     * no unit sees the entry change from one frame to the other (AArch64: break-before-make), and no device writes to
     * the old frame any more. Telling the devices is needed even if the entry grants no write now: a fork may have
     * taken the permission and not told the devices yet.
     */
    private void withhold(long page, long entry) {
        table.set(page, PageEntry.of(PageEntry.frame(entry), 0));
        invalidatePage(page);
    }

    private FaultResult faultCached(Vma vma, long page, int access, long entry) {
        boolean copied = !vma.area().shared() && isWrite(access);
        if (copied && PageEntry.isPresent(entry)) {
            withhold(page, entry);
        }
        while (true) {
            CachedPage cached = vma.object().page(vma.index(page << Translation.PAGE_SHIFT));
            synchronized (cached) {
                if (cached.isEvicted()) {
                    continue;
                }
                FaultResult loaded = load(cached);
                if (loaded != FaultResult.DONE) {
                    return loaded;
                }
                if (!copied) {
                    return map(vma, page, access, entry, cached);
                }
                long copy = frames.allocate();
                if (copy == PageFrames.NONE) {
                    return FaultResult.NO_FRAME;
                }
                frames.copy(cached.frame(), copy);
                if (!set(vma, page, access, PageEntry.NONE, copy)) {
                    frames.release(copy);
                    return FaultResult.NO_FRAME;
                }
            }
            if (PageEntry.isPresent(entry)) {
                cached.unmap(new Mapping(this, page));
            }
            return FaultResult.DONE;
        }
    }

    private FaultResult load(CachedPage cached) {
        if (cached.frame() != PageFrames.NONE) {
            return FaultResult.DONE;
        }
        long frame = frames.allocate();
        if (frame == PageFrames.NONE) {
            cached.abandon();
            return FaultResult.NO_FRAME;
        }
        if (!cached.load(frame)) {
            frames.release(frame);
            return FaultResult.NO_PAGE;
        }
        return FaultResult.DONE;
    }

    /**
     * Maps a cached page. A page of a file is mapped without WRITE until the first write, which faults and marks the
     * page dirty.
     */
    private FaultResult map(Vma vma, long page, int access, long entry, CachedPage cached) {
        if (isWrite(access)) {
            cached.markDirty();
        }
        Mapping mapping = new Mapping(this, page);
        cached.map(mapping);
        boolean clean = vma.object().isFile() && !isWrite(access);
        int permissions = granted(vma.area(), access) & (clean ? ~Permissions.WRITE : ACCESS);
        if (!table.set(page, PageEntry.of(cached.frame(), permissions | kept(vma.area(), entry)))) {
            cached.unmap(mapping);
            return FaultResult.NO_FRAME;
        }
        return FaultResult.DONE;
    }

    /** Returns false if there is no frame for a table, as {@link PageMap#set}; never so if the page is present. */
    private boolean set(Vma vma, long page, int access, long entry, long frame) {
        return table.set(page, PageEntry.of(frame, granted(vma.area(), access) | kept(vma.area(), entry)));
    }

    /** A private page that was only read is mapped without WRITE, so that the first write faults (rule S04). */
    private static int granted(Area area, int access) {
        boolean copyOnWrite = !area.shared() && !isWrite(access);
        return area.permissions() & (copyOnWrite ? ACCESS & ~Permissions.WRITE : ACCESS);
    }

    private static int kept(Area area, long entry) {
        return PageEntry.isPresent(entry) ? Translation.permissions(entry) & area.permissions() : 0;
    }

    private static boolean isWrite(int access) {
        return (access & Permissions.WRITE) != 0;
    }

    /**
     * Unmaps a range and tells the devices. No thread makes a page of the range present meanwhile.
     *
     * @param first byte address of the first page
     * @param last byte address in the last page, inclusive
     */
    void unmap(long first, long last) {
        List<Unmapped> unmapped = new ArrayList<>();
        table.forEach(first >>> Translation.PAGE_SHIFT, last >>> Translation.PAGE_SHIFT, page -> {
            synchronized (locks.of(page)) {
                long entry = table.get(page);
                if (PageEntry.isPresent(entry)) {
                    table.clear(page);
                    long frame = PageEntry.frame(entry);
                    if (frames.isFrame(frame)) {
                        unmapped.add(new Unmapped(page, frame, cachedPage(frame)));
                    }
                }
            }
        });
        PageMap.Pruned pruned = table.prune(first >>> Translation.PAGE_SHIFT, last >>> Translation.PAGE_SHIFT);
        invalidate(first, last);
        pruned.free();
        for (Unmapped gone : unmapped) {
            if (gone.owner() == null) {
                frames.release(gone.frame());
            } else {
                gone.owner().unmap(new Mapping(this, gone.page()));
            }
        }
    }

    private CachedPage cachedPage(long frame) {
        FrameOwner owner = frames.owner(frame);
        return owner instanceof CachedPage cached ? cached : null;
    }

    @Override
    public void unmap(long page, FrameOwner cached) {
        synchronized (locks.of(page)) {
            long entry = table.get(page);
            if (PageEntry.isPresent(entry) && frames.owner(PageEntry.frame(entry)) == cached) {
                table.clear(page);
            }
        }
    }

    /**
     * Takes permissions from the pages of a range and tells the devices; addresses as in {@link #unmap(long, long)}.
     */
    void protect(long first, long last, int permissions) {
        table.forEach(first >>> Translation.PAGE_SHIFT, last >>> Translation.PAGE_SHIFT, page -> {
            synchronized (locks.of(page)) {
                long entry = table.get(page);
                if (PageEntry.isPresent(entry)) {
                    int left = Translation.permissions(entry) & permissions;
                    table.set(page, PageEntry.of(PageEntry.frame(entry), left));
                }
            }
        });
        invalidate(first, last);
    }

    /**
     * Shares all anonymous frames with a new address space, both sides without WRITE, and tells the devices.
     *
     * @param reclaim frees a frame for a table of the new address space; false if no frame can be freed
     * @return false if a table found no frame; the caller closes the new address space
     */
    boolean shareWith(Pages child, BooleanSupplier reclaim) {
        try {
            boolean[] complete = {true};
            table.forEach(0, -1L >>> Translation.PAGE_SHIFT, page -> {
                while (complete[0] && !share(page, child)) {
                    complete[0] = reclaim.getAsBoolean();
                }
            });
            return complete[0];
        } finally {
            invalidate(0, -1L);
        }
    }

    private boolean share(long page, Pages child) {
        synchronized (locks.of(page)) {
            long entry = table.get(page);
            long frame = PageEntry.frame(entry);
            if (PageEntry.isPresent(entry) && frames.isFrame(frame) && frames.owner(frame) == null) {
                long shared = PageEntry.of(frame, Translation.permissions(entry) & ~Permissions.WRITE);
                frames.share(frame);
                if (!child.table.set(page, shared)) {
                    frames.release(frame);
                    return false;
                }
                table.set(page, shared);
            }
            return true;
        }
    }

    /** Frees what the empty page table still holds. No thread resolves a fault and no unit walks the table any more. */
    void free() {
        table.free();
    }
}
