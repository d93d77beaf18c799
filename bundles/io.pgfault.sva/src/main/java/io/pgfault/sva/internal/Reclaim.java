// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.sva.internal.CachedPage.Mapping;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Frees frames when there are none: pages of files go, those that were loaded first go first. A batch of them is taken
 * out of the page tables, then devices are told, once for neighbouring pages, and then those that nobody has touched
 * meanwhile are dropped; changed ones are written to their files. Any thread that holds no page lock; one at a time.
 */
final class Reclaim {
    private static final System.Logger LOG = System.getLogger(Reclaim.class.getName());
    private static final int BATCH = 64;

    private final PageFrames frames;
    /** In order of loading; guarded by itself, for a moment at a time. */
    private final Set<CachedPage> loaded = new LinkedHashSet<>();

    private final LogLimit limit = new LogLimit();

    Reclaim(PageFrames frames) {
        this.frames = frames;
    }

    /** A page that can be dropped has been loaded. */
    void add(CachedPage page) {
        synchronized (loaded) {
            loaded.add(page);
        }
    }

    /** A page has been dropped. */
    void remove(CachedPage page) {
        synchronized (loaded) {
            loaded.remove(page);
        }
    }

    /** Frees some frames if there are none; false if there is nothing left that can go. */
    synchronized boolean reclaim() {
        if (frames.framesInUse() < frames.frames()) {
            return true;
        }
        for (int tries = batches(); tries > 0; tries--) {
            if (batch()) {
                return true;
            }
        }
        return frames.framesInUse() < frames.frames();
    }

    private int batches() {
        synchronized (loaded) {
            return loaded.size() / BATCH + 1;
        }
    }

    private List<CachedPage> victims() {
        List<CachedPage> victims = new ArrayList<>(BATCH);
        synchronized (loaded) {
            Iterator<CachedPage> first = loaded.iterator();
            while (first.hasNext() && victims.size() < BATCH) {
                victims.add(first.next());
                first.remove();
            }
        }
        return victims;
    }

    private boolean batch() {
        List<CachedPage> victims = victims();
        List<List<Mapping>> unmapped = new ArrayList<>(victims.size());
        for (CachedPage victim : victims) {
            List<Mapping> mappings = victim.mappings();
            mappings.forEach(mapping -> mapping.space().unmapCached(mapping.page(), victim));
            unmapped.add(mappings);
        }
        Invalidation.of(unmapped.stream().flatMap(List::stream).toList());
        boolean freed = false;
        for (int i = 0; i < victims.size(); i++) {
            CachedPage victim = victims.get(i);
            victim.removeAll(unmapped.get(i));
            switch (victim.drop()) {
                case FREED -> freed = true;
                case KEPT -> add(victim);
                case GONE -> {}
            }
        }
        return freed;
    }

    /** Whether a message may be logged now. */
    boolean mayLog() {
        return limit.permits();
    }

    /** Says that an access was refused because no frame could be had. */
    void refused(String space, long address) {
        if (limit.permits()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "address space '%s': no page frame for 0x%x: all %d frames (%d KiB) are in use and hold nothing that can be dropped; answered INVALID; raise 'frames' of io.pgfault.sva.frames"
                            .formatted(space, address, frames.frames(), frames.frames() * 4));
        }
    }

    /** Says that the process has less memory than the budget. */
    void outOfMemory(OutOfMemoryError e) {
        if (limit.permits()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "page frames: the process can't have the %d KiB of 'frames' of io.pgfault.sva.frames; raise -XX:MaxDirectMemorySize or lower it"
                            .formatted(frames.frames() * 4),
                    e);
        }
    }
}
