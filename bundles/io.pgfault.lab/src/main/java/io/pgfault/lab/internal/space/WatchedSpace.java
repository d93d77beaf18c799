// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.space;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.TouchedPages;
import io.pgfault.lab.Costs;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The address space of a trial: passes every call to the address space under trial, and records what handlers populate
 * and what the device touches. Handlers call on any thread; the device's thread calls {@link #walk},
 * {@link #used} and {@link #asked}.
 * The monitor guards the records.
 */
public final class WatchedSpace implements AddressSpace {
    /** What the device's cache does when a handler changes a range. */
    @FunctionalInterface
    public interface Cache {
        /** Drops what the device has cached of a range, both ends included. Called on the handler's thread. */
        void invalidate(long first, long last);
    }

    /** A page that a handler has populated. */
    private static final class Page {
        private final long populated;
        private boolean asked;
        private boolean touched;

        Page(long populated, boolean asked) {
            this.populated = populated;
            this.asked = asked;
        }
    }

    private final AddressSpace space;
    private final TrialClock clock;
    private final Costs costs;
    private final Cache cache;
    /** The watched pages, by page number. Guarded by the monitor. */
    private final Map<Long, Page> pages = new HashMap<>();
    /** The pages of the requests that no group has resolved yet. Guarded by the monitor. */
    private final Map<Long, Boolean> wanted = new HashMap<>();
    /**
     * For each page that the handler populated ahead, how long it lay there before the device touched it. Guarded by
     * the monitor.
     */
    private long[] waits = new long[64];
    /** Guarded by the monitor, as the fields below. */
    private int ahead;

    private long populated;
    private long touched;
    private long sinceGroup;
    private long batch;
    private long peak;
    private long invalidations;

    /** Watches {@code space}. */
    public WatchedSpace(AddressSpace space, TrialClock clock, Costs costs, Cache cache) {
        this.space = space;
        this.clock = clock;
        this.costs = costs;
        this.cache = cache;
    }

    /** The device asks for a page; it sends the request with its next group. */
    public synchronized void asked(long address) {
        wanted.put(address >>> Translation.PAGE_SHIFT, true);
    }

    /** A group is over: what is populated from now on belongs to the next one. */
    public synchronized void groupEnded() {
        wanted.clear();
        batch = Math.max(batch, sinceGroup);
        sinceGroup = 0;
    }

    /**
     * Walks the page table for the device. A page that a handler populates later than now isn't there yet: the
     * handler's worker is ahead of the device in virtual time.
     */
    @Override
    public long walk(long address) {
        long translation = space.walk(address);
        if (translation == Translation.NONE) {
            return translation;
        }
        synchronized (this) {
            Page page = pages.get(address >>> Translation.PAGE_SHIFT);
            if (page == null) {
                return translation;
            }
            return page.populated > clock.now() ? Translation.NONE : translation;
        }
    }

    /** The device uses a page that it has translated, now: the access is granted. */
    public synchronized void used(long address) {
        Page page = pages.get(address >>> Translation.PAGE_SHIFT);
        if (page != null && !page.touched) {
            page.touched = true;
            touched++;
            if (!page.asked) {
                if (ahead == waits.length) {
                    waits = Arrays.copyOf(waits, 2 * ahead);
                }
                waits[ahead++] = clock.now() - page.populated;
            }
        }
    }

    @Override
    public ResponseCode populate(long address, int permissions) {
        boolean there = space.isResident(address, 0);
        ResponseCode code = space.populate(address, permissions);
        if (!there && code == ResponseCode.SUCCESS) {
            clock.spend(costs.populate());
            populated(address >>> Translation.PAGE_SHIFT);
        }
        return code;
    }

    private synchronized void populated(long number) {
        Page before = pages.put(number, new Page(clock.now(), wanted.containsKey(number)));
        if (before == null) {
            populated++;
        } else if (before.touched) {
            touched--; // Unmapped and populated again: one page, which the device has to touch again.
        }
        sinceGroup++;
        peak = Math.max(peak, space.populatedPages());
    }

    @Override
    public void clearTouched(long address, long length) {
        space.clearTouched(address, length);
        invalidated(address, length);
    }

    @Override
    public void munmap(long start, long length) {
        space.munmap(start, length);
        invalidated(start, length);
    }

    @Override
    public void mprotect(long start, long length, int permissions) {
        space.mprotect(start, length, permissions);
        invalidated(start, length);
    }

    @Override
    public Area mmap(long start, long length, int permissions, boolean shared) {
        Area area = space.mmap(start, length, permissions, shared);
        invalidated(start, length);
        return area;
    }

    private void invalidated(long start, long length) {
        clock.spend(costs.invalidate());
        cache.invalidate(start, start + length - 1);
        synchronized (this) {
            invalidations++;
        }
    }

    @Override
    public boolean isResident(long address, int permissions) {
        return space.isResident(address, permissions);
    }

    @Override
    public void touched(long address, long length, TouchedPages found) {
        space.touched(address, length, found);
    }

    @Override
    public String name() {
        return space.name();
    }

    @Override
    public List<Area> areas() {
        return space.areas();
    }

    @Override
    public Optional<Area> find(long address) {
        return space.find(address);
    }

    @Override
    public long populatedPages() {
        return space.populatedPages();
    }

    @Override
    public void close() {
        space.close();
    }

    /** How many pages handlers populated. */
    public synchronized long populated() {
        return populated;
    }

    /** How many of them the device never touched. */
    public synchronized long unused() {
        return populated - touched;
    }

    /** How many pages the device touched without having asked for them. */
    public synchronized long ahead() {
        return ahead;
    }

    /** How long those pages lay before the device touched them, in order. */
    public synchronized long[] waits() {
        long[] sorted = Arrays.copyOf(waits, ahead);
        Arrays.sort(sorted);
        return sorted;
    }

    /** The most pages at one time. */
    public synchronized long peak() {
        return peak;
    }

    /** The most pages that were populated between two groups. */
    public synchronized long batch() {
        return Math.max(batch, sinceGroup);
    }

    /** How often a range was invalidated. */
    public synchronized long invalidations() {
        return invalidations;
    }
}
