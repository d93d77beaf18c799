// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.TouchedPages;
import io.pgfault.sva.internal.cache.MemoryObject;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.sva.internal.space.Pages.FaultResult;
import io.pgfault.sva.internal.table.PageMap;
import io.pgfault.sva.internal.table.RadixPageTable;
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
 * The address space of a process (rules S02, S04 to S06; kernel: {@code struct mm_struct}). Any thread. This class has
 * a page table of objects, for recorded areas; {@link RootedAddressSpace} has a page table in page frames.
 *
 * <p>A thread resolves a fault under the page's lock, so that two groups that touch one page resolve the page once. A
 * thread that finds a page resident takes no lock. A thread that changes the areas holds this object's monitor and
 * proceeds in this order: it stores the new areas; it takes and releases every page lock, after which no fault is
 * resolved by the old areas; it changes the page table; it invalidates the devices' cached translations; it releases
 * the frames.
 */
public class ProcessAddressSpace implements AddressSpace {
    /**
     * The most retries of a fault after reclaim. A fault needs several only if other faults take every reclaimed frame.
     */
    private static final int MAX_TRIES = 1000;

    private static final long PAGE_MASK = Translation.PAGE_SIZE - 1;

    private final String name;
    private final SystemMemory memory;
    private final Pages pages;
    /** Written under the monitor, read by any thread. */
    private volatile Areas areas;
    /** Whether a thread is putting an area in another's place. Written under the monitor, read by any thread. */
    private volatile boolean replacing;
    /** Written under the monitor, read by any thread. */
    private volatile boolean closed;
    /** Whether {@link #close} has unmapped everything. Written under the monitor, read by any thread. */
    private volatile boolean emptied;

    /**
     * An address space of recorded areas.
     *
     * @throws IllegalArgumentException if two areas overlap; the message names both
     */
    public ProcessAddressSpace(String name, List<Area> areas, SystemMemory memory) {
        this(name, areas(name, areas, Vma::recorded), new RadixPageTable(), memory);
    }

    ProcessAddressSpace(String name, Areas areas, PageMap table, SystemMemory memory) {
        this.name = name;
        this.memory = memory;
        this.pages = new Pages(memory.pageFrames(), table);
        this.areas = areas;
    }

    static Areas areas(String name, List<Area> areas, Function<Area, Vma> maker) {
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
        return pages.walk(address >>> Translation.PAGE_SHIFT);
    }

    @Override
    public boolean isResident(long address, int permissions) {
        return pages.grants(address >>> Translation.PAGE_SHIFT, permissions & Pages.ACCESS);
    }

    @Override
    public void touched(long address, long length, TouchedPages touched) {
        pages.touched(address & ~PAGE_MASK, lastOfRange(address, length), touched);
    }

    @Override
    public void clearTouched(long address, long length) {
        pages.clearTouched(address & ~PAGE_MASK, lastOfRange(address, length));
    }

    private static long lastOfRange(long address, long length) {
        long last = address + length - 1;
        if (length == 0 || Long.compareUnsigned(last, address) < 0) {
            throw new IllegalArgumentException(
                    "0x%x bytes from 0x%x are no range of an address space".formatted(length, address));
        }
        return last | PAGE_MASK;
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
            switch (fault(address, page, access)) {
                case DONE -> {
                    memory.reclaim().balance();
                    return ResponseCode.SUCCESS;
                }
                case NO_PAGE -> {
                    return ResponseCode.INVALID;
                }
                case NO_FRAME -> {
                    if (!memory.reclaim().direct()) {
                        tries = MAX_TRIES;
                    }
                }
            }
        }
        memory.log().warning(() -> noFrame(address));
        return ResponseCode.INVALID;
    }

    private String noFrame(long address) {
        return "address space '%s': no page frame for 0x%x: all %d frames (%d KiB) are in use"
                        .formatted(name, address, memory.frames(), memory.frames() * 4)
                + " and hold no page that can be evicted; answered INVALID; raise 'frames' of io.pgfault.sva.frames";
    }

    private FaultResult fault(long address, long page, int access) {
        while (true) {
            Areas now;
            synchronized (pages.locks().of(page)) {
                now = areas;
                Vma vma = now.find(address);
                if (vma != null && (access & ~vma.area().permissions()) == 0) {
                    return pages.fault(vma, page, access);
                }
            }
            if (!replacing && now == areas) {
                return FaultResult.NO_PAGE;
            }
            synchronized (this) {
                // A thread that puts an area in another's place has finished: look again.
            }
        }
    }

    @Override
    public Area mmap(long start, long length, int permissions, boolean shared) {
        Area area = new Area(start, lastMapped(start, length), permissions & Pages.ACCESS, shared, 0, "");
        MemoryObject object = shared ? memory.objects().shared() : null;
        return place(new Vma(area, false, object, 0));
    }

    @Override
    public Area mmap(long start, long length, int permissions, boolean shared, Path file, long offset)
            throws IOException {
        if (offset < 0 || (offset & PAGE_MASK) != 0) {
            throw new IllegalArgumentException(
                    "the offset in a file is a multiple of %d, got %d".formatted(Translation.PAGE_SIZE, offset));
        }
        long last = lastMapped(start, length);
        Area area = new Area(start, last, permissions & Pages.ACCESS, shared, offset, file.toString());
        boolean writable = shared && (permissions & Permissions.WRITE) != 0;
        MemoryObject object = memory.objects().file(file, writable);
        return place(new Vma(area, false, object, offset >>> Translation.PAGE_SHIFT));
    }

    private long lastMapped(long start, long length) {
        long last = last(start, length);
        if (Long.compareUnsigned(last, pages.lastAddress()) > 0) {
            throw new IllegalArgumentException(
                    "%s: 0x%x to 0x%x can't be mapped; its page table reaches 0x%x; choose a lower address or another"
                                    .formatted(this, start, last, pages.lastAddress())
                            + " format");
        }
        return last;
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
                vma.close();
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
            ended.forEach(Vma::close);
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
        ended.forEach(Vma::close);
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
        ProcessAddressSpace copy = sibling(child, areas.copy());
        if (!pages.shareWith(copy.pages, memory.reclaim()::direct)) {
            copy.close();
            throw copy.noTable();
        }
        return copy;
    }

    /** Makes an address space with a page table of the same kind. */
    ProcessAddressSpace sibling(String sibling, Areas copied) {
        return new ProcessAddressSpace(sibling, copied, new RadixPageTable(), memory);
    }

    IllegalStateException noTable() {
        return new IllegalStateException(
                "%s: no page frame for its page table: all %d frames are in use; raise 'frames' of"
                                .formatted(this, memory.frames())
                        + " io.pgfault.sva.frames");
    }

    IllegalStateException gone() {
        return new IllegalStateException("address space '" + name + "' is gone");
    }

    /** Whether the process has exited. */
    public boolean closed() {
        return closed;
    }

    private void checkOpen() {
        if (closed) {
            throw gone();
        }
    }

    /** Tells {@code notifier} of every change from now on. */
    public void register(MmuNotifier notifier) {
        pages.notifiers().add(notifier);
    }

    /** Tells {@code notifier} of no change that begins after this call. */
    public void unregister(MmuNotifier notifier) {
        pages.notifiers().remove(notifier);
        freeUnlessBound();
    }

    /** A bound device's unit has the page table's root until the last binding is closed. */
    private void freeUnlessBound() {
        if (emptied && pages.notifiers().isEmpty()) {
            pages.free();
        }
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
        emptied = true;
        freeUnlessBound();
        ended.forEach(Vma::close);
    }

    static long lastAddress(PageMap table) {
        return table.lastPage() << Translation.PAGE_SHIFT | PAGE_MASK;
    }

    @Override
    public final String toString() {
        return "address space '" + name + "'";
    }
}
