// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.Pages.Resolved;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * An address space (rules S02, S04 to S06).
 *
 * <p>A page is resolved under its page lock, so that groups that touch the same page resolve it once; a page that is
 * mapped well enough is seen without any lock. A change of the areas, one at a time, is made in this order: the new areas
 * are put in place; all page locks are passed once, after which no resolution works by the old areas; the page table is
 * changed; the devices' cached translations are invalidated; what was mapped is let go.
 */
final class ProcessAddressSpace implements AddressSpace {
    /**
     * How often a page is tried again after frames were reclaimed for it. It takes this many only if memory is so small
     * that others take every frame that comes free.
     */
    private static final int MAX_TRIES = 1000;

    private static final long PAGE_MASK = Translation.PAGE_SIZE - 1;

    private final String name;
    private final PageFrames frames;
    private final Pages pages;
    private volatile Areas areas;
    private volatile boolean replacing;
    private volatile boolean closed;

    /** Recorded areas. */
    ProcessAddressSpace(String name, List<Area> areas, PageFrames frames) {
        this(name, areas(name, areas, Vma::recorded), frames);
    }

    /** The areas of a process, with memory. */
    static ProcessAddressSpace withMemory(String name, List<Area> areas, PageFrames frames) {
        return new ProcessAddressSpace(name, areas(name, areas, new ProcessAreas(name, frames)::withMemory), frames);
    }

    private ProcessAddressSpace(String name, Areas areas, PageFrames frames) {
        this.name = name;
        this.frames = frames;
        this.pages = new Pages(frames);
        this.areas = areas;
    }

    private static Areas areas(String name, List<Area> areas, Function<Area, Vma> maker) {
        try {
            return Areas.of(areas, maker);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("address space '%s': %s".formatted(name, e.getMessage()), e);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Area> areas() {
        return areas.list();
    }

    @Override
    public Optional<Area> find(long address) {
        return Optional.ofNullable(areas.find(address)).map(Vma::area);
    }

    @Override
    public long walk(long address) {
        return pages.translation(address >>> Translation.PAGE_SHIFT);
    }

    @Override
    public long populatedPages() {
        return pages.size();
    }

    @Override
    public ResponseCode populate(long address, int permissions) {
        int access = permissions & Pages.ACCESS;
        long page = address >>> Translation.PAGE_SHIFT;
        if (pages.grants(page, access)) {
            return ResponseCode.SUCCESS;
        }
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            switch (resolve(address, page, access)) {
                case DONE -> {
                    frames.reclaim().ahead();
                    return ResponseCode.SUCCESS;
                }
                case NO_PAGE -> {
                    return ResponseCode.INVALID;
                }
                case NO_FRAME -> {
                    if (!frames.reclaim().reclaim()) {
                        tries = MAX_TRIES;
                    }
                }
            }
        }
        frames.reclaim().refused(name, address);
        return ResponseCode.INVALID;
    }

    private Resolved resolve(long address, long page, int access) {
        while (true) {
            Areas now;
            synchronized (pages.locks().of(page)) {
                now = areas;
                Vma vma = now.find(address);
                if (vma != null && (access & ~vma.area().permissions()) == 0) {
                    return pages.resolve(vma, page, access);
                }
            }
            if (!replacing && now == areas) {
                return Resolved.NO_PAGE;
            }
            synchronized (this) {
                // An area that is about to be put in another's place: what matters is what is there afterwards.
            }
        }
    }

    @Override
    public Area mmap(long start, long length, int permissions, boolean shared) {
        Area area = new Area(start, last(start, length), permissions & Pages.ACCESS, shared, 0, "");
        MemoryObject object = shared ? new SharedMemory(frames) : null;
        return place(new Vma(area, false, object, 0));
    }

    @Override
    public Area mmap(long start, long length, int permissions, boolean shared, Path file, long offset)
            throws IOException {
        if (offset < 0 || (offset & PAGE_MASK) != 0) {
            throw new IllegalArgumentException(
                    "the offset in a file is a multiple of %d, got %d".formatted(Translation.PAGE_SIZE, offset));
        }
        Area area = new Area(start, last(start, length), permissions & Pages.ACCESS, shared, offset, file.toString());
        boolean writable = shared && (permissions & Permissions.WRITE) != 0;
        MemoryObject object = frames.files().open(file, writable);
        return place(new Vma(area, false, object, offset >>> Translation.PAGE_SHIFT));
    }

    private static long last(long start, long length) {
        long last = start + ((length + PAGE_MASK) & ~PAGE_MASK) - 1;
        if ((start & PAGE_MASK) != 0 || length < 1 || Long.compareUnsigned(last, start) < 0) {
            throw new IllegalArgumentException(
                    "no range of an address space: 0x%x bytes from 0x%x; start at a whole page"
                            .formatted(length, start));
        }
        return last;
    }

    private Area place(Vma vma) {
        boolean placed = false;
        try {
            placeOpen(vma);
            placed = true;
            return vma.area();
        } finally {
            if (!placed) {
                vma.end();
            }
        }
    }

    private synchronized void placeOpen(Vma vma) {
        checkOpen();
        replacing = true;
        try {
            unmap(vma.area().start(), vma.area().last());
            areas = areas.with(vma);
        } finally {
            replacing = false;
        }
    }

    @Override
    public synchronized void munmap(long start, long length) {
        checkOpen();
        unmap(start, last(start, length));
    }

    private void unmap(long start, long last) {
        List<Vma> ended = new ArrayList<>();
        areas = areas.without(start, last, ended);
        if (!ended.isEmpty()) {
            pages.locks().awaitAll();
            pages.unmap(start, last);
            ended.forEach(Vma::end);
        }
    }

    @Override
    public synchronized void mprotect(long start, long length, int permissions) {
        checkOpen();
        long last = last(start, length);
        int granted = permissions & Pages.ACCESS;
        if (!areas.cover(start, last)) {
            throw new IllegalArgumentException(
                    "%s: 0x%x to 0x%x is not mapped throughout".formatted(this, start, last));
        }
        if ((granted & Permissions.WRITE) != 0) {
            areas.checkWritable(start, last);
        }
        List<Vma> ended = new ArrayList<>();
        areas = areas.with(start, last, granted, ended);
        pages.locks().awaitAll();
        pages.protect(start, last, granted);
        ended.forEach(Vma::end);
    }

    @Override
    public void msync() throws IOException {
        Set<MemoryObject> objects = Collections.newSetFromMap(new IdentityHashMap<>());
        synchronized (this) {
            for (Vma vma : areas.vmas()) {
                if (vma.object() != null && vma.area().shared()) {
                    objects.add(vma.object());
                }
            }
            for (MemoryObject object : objects) {
                object.sync();
            }
        }
    }

    @Override
    public synchronized AddressSpace fork(String child) {
        checkOpen();
        ProcessAddressSpace copy = new ProcessAddressSpace(child, areas.copy(), frames);
        pages.shareWith(copy.pages);
        return copy;
    }

    /** Whether the process has exited. */
    boolean closed() {
        return closed;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("address space '" + name + "' is gone");
        }
    }

    /** Tells {@code notifier} of every change from now on. */
    void register(MmuNotifier notifier) {
        pages.notifiers().add(notifier);
    }

    void unregister(MmuNotifier notifier) {
        pages.notifiers().remove(notifier);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        List<Vma> ended = areas.vmas();
        areas = Areas.NONE;
        pages.locks().awaitAll();
        pages.unmap(0, -1L);
        pages.clear();
        ended.forEach(Vma::end);
    }

    @Override
    public String toString() {
        return "address space '" + name + "'";
    }
}
