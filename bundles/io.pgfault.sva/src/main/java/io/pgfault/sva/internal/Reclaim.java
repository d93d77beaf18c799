// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.sva.internal.CachedPage.Mapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Frees frames when few are left: pages of files go. A hand goes round over all frames and takes the pages it meets, which
 * is close to the order in which they were loaded, because frames that came free are used again before the hand moves on.
 * A batch of pages is taken out of the page tables, then devices are told, once for pages that lie near each other, then
 * changed pages are written to their files, neighbours with one write, and then those that nobody has touched meanwhile
 * are dropped. Any thread that holds no page lock; one at a time.
 */
final class Reclaim {
    private static final System.Logger LOG = System.getLogger(Reclaim.class.getName());

    /** A megabyte; of a small memory a sixteenth, so that what is being used is not what goes. */
    private static final int BATCH = 256;

    private static final int LEAST_BATCH = 16;
    private static final int SHARE_SHIFT = 4;

    private final PageFrames frames;
    private final ReentrantLock lock = new ReentrantLock();
    private final LogLimit limit = new LogLimit();
    /** Guarded by the lock, as is how many frames it has passed for the last batch. */
    private int hand;

    private int looked;

    Reclaim(PageFrames frames) {
        this.frames = frames;
    }

    /** Frees some frames if few are left and nobody else does. */
    void ahead() {
        if (frames.hasReserve() && !frames.isPlentiful() && lock.tryLock()) {
            try {
                if (!frames.isPlentiful()) {
                    batch();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Frees some frames if there are none; false if there is nothing left that can go. */
    boolean reclaim() {
        lock.lock();
        try {
            int left = frames.touched();
            while (frames.framesInUse() >= frames.frames()) {
                if (left <= 0) {
                    return false;
                }
                if (batch()) {
                    return true;
                }
                left -= looked;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The next pages that the hand meets, by what they belong to; it stops after a whole round. */
    private Map<MemoryObject, List<CachedPage>> victims() {
        Map<MemoryObject, List<CachedPage>> victims = new HashMap<>();
        int round = frames.touched();
        int wanted = Math.max(LEAST_BATCH, Math.min(BATCH, (int) frames.frames() >>> SHARE_SHIFT));
        for (looked = 0; looked < round && wanted > 0; looked++) {
            CachedPage page = frames.ownerAt(hand);
            hand = hand + 1 < round ? hand + 1 : 0;
            if (page != null && page.object().isReclaimable()) {
                victims.computeIfAbsent(page.object(), object -> new ArrayList<>())
                        .add(page);
                wanted--;
            }
        }
        return victims;
    }

    /** Drops the next pages; false if none of them could go. */
    private boolean batch() {
        Map<MemoryObject, List<CachedPage>> victims = victims();
        Invalidation invalidation = new Invalidation();
        List<CachedPage> unmapped = new ArrayList<>(BATCH);
        List<List<Mapping>> gone = new ArrayList<>(BATCH);
        for (List<CachedPage> pages : victims.values()) {
            for (CachedPage page : pages) {
                List<Mapping> mappings = page.mappings();
                for (Mapping mapping : mappings) {
                    mapping.space().unmapCached(mapping.page(), page);
                    invalidation.add(mapping.space(), mapping.page());
                }
                unmapped.add(page);
                gone.add(mappings);
            }
        }
        invalidation.run();
        for (int i = 0; i < unmapped.size(); i++) {
            unmapped.get(i).removeAll(gone.get(i));
        }
        int freed = 0;
        for (Map.Entry<MemoryObject, List<CachedPage>> entry : victims.entrySet()) {
            freed += entry.getKey().drop(entry.getValue());
        }
        return freed > 0;
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
