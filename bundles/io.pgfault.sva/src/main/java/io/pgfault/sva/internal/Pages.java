// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.CachedPage.Mapping;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The pages of one address space: its page table, and what its entries hold (rule S04). A page is changed under its page
 * lock. What an entry held is let go in this order: the entry changes; the devices' cached translations are invalidated;
 * the frame goes. A frame that came back earlier could be somebody else's while a device still writes to it.
 */
final class Pages {
    /** What an area can grant; {@link Permissions#PRIV} only says how an access is made. */
    static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    /** How the resolution of a page ended. */
    enum Resolved {
        /** The page is there for the access. */
        DONE,
        /** There is no such page: it lies beyond the end of its file, or can't be read. */
        NO_PAGE,
        /** There is no frame; try again once one may be free. */
        NO_FRAME
    }

    /** What an entry that has gone held. */
    private record Held(long page, long frame, CachedPage owner) {}

    private final PageFrames frames;
    private final RadixPageTable table = new RadixPageTable();
    private final PageLocks locks = new PageLocks();
    private final List<MmuNotifier> notifiers = new CopyOnWriteArrayList<>();

    Pages(PageFrames frames) {
        this.frames = frames;
    }

    PageLocks locks() {
        return locks;
    }

    List<MmuNotifier> notifiers() {
        return notifiers;
    }

    long translation(long page) {
        return PageEntry.translation(table.get(page));
    }

    boolean grants(long page, int access) {
        return PageEntry.grants(table.get(page), access);
    }

    long size() {
        return table.size();
    }

    /** Returns when no device uses a cached translation of the pages from {@code first} to {@code last}, byte addresses. */
    void invalidate(long first, long last) {
        for (MmuNotifier notifier : notifiers) {
            notifier.invalidate(first, last);
        }
    }

    private void invalidatePage(long page) {
        long first = page << Translation.PAGE_SHIFT;
        invalidate(first, first + (Translation.PAGE_SIZE - 1));
    }

    /** Makes a page of an area present for an access that the area grants. The page lock is held. */
    Resolved resolve(Vma vma, long page, int access) {
        long entry = table.get(page);
        if (PageEntry.grants(entry, access)) {
            return Resolved.DONE;
        }
        if (vma.recorded()) {
            return set(vma, page, access, entry, PageEntry.isPresent(entry) ? PageEntry.frame(entry) : frames.record());
        }
        boolean present = PageEntry.isPresent(entry);
        boolean anonymous = present ? frames.owner(PageEntry.frame(entry)) == null : vma.object() == null;
        if (!anonymous) {
            return cached(vma, page, access, entry);
        }
        return present ? presentAnonymous(vma, page, access, entry) : newAnonymous(vma, page, access);
    }

    private Resolved newAnonymous(Vma vma, long page, int access) {
        long frame = isWrite(access) ? frames.allocate() : frames.shareZeros();
        if (frame == PageFrames.NONE) {
            return Resolved.NO_FRAME;
        }
        if (isWrite(access)) {
            frames.zero(frame, 0);
        }
        return set(vma, page, access, PageEntry.NONE, frame);
    }

    private Resolved presentAnonymous(Vma vma, long page, int access, long entry) {
        long frame = PageEntry.frame(entry);
        if (!isWrite(access) || !frames.isShared(frame)) {
            return set(vma, page, access, entry, frame);
        }
        long copy = frames.allocate();
        if (copy == PageFrames.NONE) {
            return Resolved.NO_FRAME;
        }
        // A fork that is under way has taken WRITE from the entry and may not have told the devices yet.
        invalidatePage(page);
        frames.copy(frame, copy);
        set(vma, page, access, PageEntry.NONE, copy);
        invalidatePage(page);
        frames.unshare(frame);
        return Resolved.DONE;
    }

    private Resolved cached(Vma vma, long page, int access, long entry) {
        while (true) {
            CachedPage cached = vma.object().page(vma.index(page << Translation.PAGE_SHIFT));
            synchronized (cached) {
                if (cached.isDead()) {
                    continue;
                }
                Resolved loaded = load(cached);
                if (loaded != Resolved.DONE) {
                    return loaded;
                }
                if (vma.area().shared() || !isWrite(access)) {
                    return map(vma, page, access, entry, cached);
                }
                long copy = frames.allocate();
                if (copy == PageFrames.NONE) {
                    return Resolved.NO_FRAME;
                }
                frames.copy(cached.frame(), copy);
                set(vma, page, access, PageEntry.NONE, copy);
            }
            if (PageEntry.isPresent(entry)) {
                invalidatePage(page);
                cached.remove(new Mapping(this, page));
            }
            return Resolved.DONE;
        }
    }

    private Resolved load(CachedPage cached) {
        if (cached.frame() != PageFrames.NONE) {
            return Resolved.DONE;
        }
        long frame = frames.allocate();
        if (frame == PageFrames.NONE) {
            cached.giveUp();
            return Resolved.NO_FRAME;
        }
        if (!cached.load(frame)) {
            frames.unshare(frame);
            return Resolved.NO_PAGE;
        }
        return Resolved.DONE;
    }

    /** Maps a cached page. One of a file is mapped without WRITE until it is written to, so that it is known to change. */
    private Resolved map(Vma vma, long page, int access, long entry, CachedPage cached) {
        if (isWrite(access)) {
            cached.willChange();
        }
        cached.add(new Mapping(this, page));
        boolean clean = vma.object() instanceof MappedFile && !isWrite(access);
        int permissions = granted(vma.area(), access) & (clean ? ~Permissions.WRITE : ACCESS);
        table.set(page, PageEntry.of(cached.frame(), permissions | kept(vma.area(), entry)));
        return Resolved.DONE;
    }

    private Resolved set(Vma vma, long page, int access, long entry, long frame) {
        table.set(page, PageEntry.of(frame, granted(vma.area(), access) | kept(vma.area(), entry)));
        return Resolved.DONE;
    }

    /** A private page that has not been written to is mapped without WRITE, so that the first write faults (rule S04). */
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
     * Unmaps a range and tells the devices. No resolution makes a page of it present meanwhile.
     *
     * @param first byte address of the first page
     * @param last byte address in the last page
     */
    void unmap(long first, long last) {
        List<Held> held = new ArrayList<>();
        table.forEach(first >>> Translation.PAGE_SHIFT, last >>> Translation.PAGE_SHIFT, page -> {
            synchronized (locks.of(page)) {
                long entry = table.get(page);
                if (PageEntry.isPresent(entry)) {
                    table.clear(page);
                    long frame = PageEntry.frame(entry);
                    if (frames.isFrame(frame)) {
                        held.add(new Held(page, frame, frames.owner(frame)));
                    }
                }
            }
        });
        table.prune(first >>> Translation.PAGE_SHIFT, last >>> Translation.PAGE_SHIFT);
        invalidate(first, last);
        for (Held one : held) {
            if (one.owner() == null) {
                frames.unshare(one.frame());
            } else {
                one.owner().remove(new Mapping(this, one.page()));
            }
        }
    }

    /** Unmaps a page that holds a cached page's frame, without telling the devices. No page lock is held. */
    void unmapCached(long page, CachedPage cached) {
        synchronized (locks.of(page)) {
            long entry = table.get(page);
            if (PageEntry.isPresent(entry) && frames.owner(PageEntry.frame(entry)) == cached) {
                table.clear(page);
            }
        }
    }

    /** Takes permissions from the pages of a range and tells the devices. */
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

    /** Shares all anonymous frames with a new address space, both sides without WRITE, and tells the devices. */
    void shareWith(Pages child) {
        table.forEach(0, -1L >>> Translation.PAGE_SHIFT, page -> {
            synchronized (locks.of(page)) {
                long entry = table.get(page);
                long frame = PageEntry.frame(entry);
                if (PageEntry.isPresent(entry) && frames.isFrame(frame) && frames.owner(frame) == null) {
                    frames.share(frame);
                    long shared = PageEntry.of(frame, Translation.permissions(entry) & ~Permissions.WRITE);
                    table.set(page, shared);
                    child.table.set(page, shared);
                }
            }
        });
        invalidate(0, -1L);
    }

    /** Forgets the nodes of an empty page table. Nothing is resolved any more. */
    void clear() {
        table.clear();
    }
}
