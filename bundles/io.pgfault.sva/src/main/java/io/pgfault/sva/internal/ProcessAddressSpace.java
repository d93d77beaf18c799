// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An address space (rules S02, S04 to S06).
 *
 * <p>A page is resolved under its page lock, so that groups that touch the same page resolve it once; a page that is
 * mapped well enough is seen without any lock. A change of the areas is made in this order: the new areas are put in
 * place; all page locks are passed once, after which no resolution works by the old areas; the page table is changed; the
 * devices' cached translations are invalidated.
 */
class ProcessAddressSpace implements AddressSpace {
    /** What an area can grant; {@link Permissions#PRIV} only says how an access is made. */
    private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    private final String name;
    private final PageFrames frames;
    private final RadixPageTable table = new RadixPageTable();
    private final PageLocks pageLocks = new PageLocks();
    private final List<MmuNotifier> notifiers = new CopyOnWriteArrayList<>();
    private volatile Areas areas;
    private volatile boolean closed;

    ProcessAddressSpace(String name, List<Area> areas, PageFrames frames) {
        this.name = name;
        this.frames = frames;
        try {
            this.areas = Areas.of(areas);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("address space '%s': %s".formatted(name, e.getMessage()), e);
        }
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final List<Area> areas() {
        return areas.list();
    }

    @Override
    public final Optional<Area> find(long address) {
        return Optional.ofNullable(areas.find(address));
    }

    @Override
    public final long walk(long address) {
        return PageEntry.translation(table.get(address >>> Translation.PAGE_SHIFT));
    }

    @Override
    public final ResponseCode populate(long address, int permissions) {
        int access = permissions & ACCESS;
        long page = address >>> Translation.PAGE_SHIFT;
        if (PageEntry.grants(table.get(page), access)) {
            return ResponseCode.SUCCESS;
        }
        synchronized (pageLocks.of(page)) {
            Area area = areas.find(address);
            if (area == null || (access & ~area.permissions()) != 0) {
                return ResponseCode.INVALID;
            }
            long entry = table.get(page);
            if (!PageEntry.grants(entry, access)) {
                // A present page has a frame that nobody shares: when it is written to, that frame is its own copy.
                long frame = PageEntry.isPresent(entry) ? PageEntry.frame(entry) : frames.allocate();
                table.set(page, PageEntry.of(frame, granted(area, access)));
            }
            return ResponseCode.SUCCESS;
        }
    }

    /** A private page that has not been written to is mapped without WRITE, so that the first write faults (rule S04). */
    private static int granted(Area area, int access) {
        boolean copyOnWrite = !area.shared() && (access & Permissions.WRITE) == 0;
        return area.permissions() & (copyOnWrite ? ACCESS & ~Permissions.WRITE : ACCESS);
    }

    @Override
    public final long populatedPages() {
        return table.size();
    }

    /** Whether the process has exited. */
    final boolean closed() {
        return closed;
    }

    /** Tells {@code notifier} of every change from now on. */
    final void register(MmuNotifier notifier) {
        notifiers.add(notifier);
    }

    final void unregister(MmuNotifier notifier) {
        notifiers.remove(notifier);
    }

    @Override
    public final synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        areas = Areas.NONE;
        pageLocks.awaitAll();
        table.clear();
        for (MmuNotifier notifier : notifiers) {
            notifier.invalidate(0, -1L);
        }
    }

    @Override
    public final String toString() {
        return "address space '" + name + "'";
    }
}
