// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

import io.pgfault.sva.internal.frame.PageFrames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Frees frames when few are left, by evicting pages of files (kernel: {@code vmscan.c}). A hand goes round over all
 * frames and selects the pages it meets. The order of the hand is close to the order in which the pages were loaded,
 * because a freed frame is used again before the hand moves on.
 *
 * <p>A batch of pages is unmapped, then devices are told, once for pages that lie near each other, then dirty pages are
 * written to their files, neighbours with one write, and then the pages that no device has touched meanwhile are
 * evicted.
 *
 * <p>Any thread that holds no page lock. One thread reclaims at a time, under {@link #lock}.
 */
public final class Reclaim {
    /** Pages in a batch: one megabyte. In a small memory a batch is a sixteenth of it, so that pages in use stay. */
    private static final int BATCH = 256;

    private static final int LEAST_BATCH = 16;
    private static final int SHARE_SHIFT = 4;

    private final PageFrames frames;
    private final ReentrantLock lock = new ReentrantLock();
    /** Number of the frame that the hand looks at next. Guarded by {@code lock}. */
    private int hand;
    /** How many frames the hand has passed for the last batch. Guarded by {@code lock}. */
    private int passed;

    /** Reclaims from {@code frames}. */
    public Reclaim(PageFrames frames) {
        this.frames = frames;
    }

    /**
     * Frees a batch if fewer frames are free than the reserve and no other thread reclaims (kernel: {@code kswapd}).
     */
    public void balance() {
        if (frames.hasReserve() && !frames.isAboveReserve() && lock.tryLock()) {
            try {
                if (!frames.isAboveReserve()) {
                    batch();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Frees frames if none is free (kernel: direct reclaim).
     *
     * @return false if no page can be evicted
     */
    public boolean direct() {
        lock.lock();
        try {
            int left = frames.used();
            while (frames.inUse() >= frames.budget()) {
                if (left <= 0) {
                    return false;
                }
                if (batch()) {
                    return true;
                }
                left -= passed;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the next pages that the hand meets, by object. The hand stops after a whole round. */
    private Map<MemoryObject, List<CachedPage>> victims() {
        Map<MemoryObject, List<CachedPage>> victims = new HashMap<>();
        int round = frames.used();
        int wanted = Math.max(LEAST_BATCH, Math.min(BATCH, frames.budget() >>> SHARE_SHIFT));
        for (passed = 0; passed < round && wanted > 0; passed++) {
            if (frames.ownerOf(hand) instanceof CachedPage page && page.isReclaimable()) {
                victims.computeIfAbsent(page.object(), object -> new ArrayList<>())
                        .add(page);
                wanted--;
            }
            hand = hand + 1 < round ? hand + 1 : 0;
        }
        return victims;
    }

    /** Evicts the next pages; false if none of them could be evicted. */
    private boolean batch() {
        Map<MemoryObject, List<CachedPage>> victims = victims();
        Invalidation invalidation = new Invalidation();
        List<CachedPage> unmapped = new ArrayList<>(BATCH);
        List<List<Mapping>> gone = new ArrayList<>(BATCH);
        for (List<CachedPage> pages : victims.values()) {
            for (CachedPage page : pages) {
                List<Mapping> mappings = page.mappings();
                for (Mapping mapping : mappings) {
                    mapping.mapper().unmap(mapping.page(), page);
                    invalidation.add(mapping);
                }
                unmapped.add(page);
                gone.add(mappings);
            }
        }
        invalidation.run();
        for (int i = 0; i < unmapped.size(); i++) {
            unmapped.get(i).unmapAll(gone.get(i));
        }
        int freed = 0;
        for (Map.Entry<MemoryObject, List<CachedPage>> entry : victims.entrySet()) {
            freed += entry.getKey().evict(entry.getValue());
        }
        return freed > 0;
    }
}
