// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.device;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * The cached translations of a device: fully associative, the least recently used one goes first. A small table of
 * recent slots finds most hits without the map. Guarded by the caller.
 */
final class ModelTlb {
    private static final int RECENT = 64;
    private static final int NONE = -1;

    private final long[] pages;
    private final int[] permissions;
    /** The slot used next after slot i, and next before it; {@link #NONE} at the ends. */
    private final int[] newer;

    private final int[] older;
    private final Map<Long, Integer> slots = new HashMap<>();
    private final int[] recent = new int[RECENT];
    private int newest = NONE;
    private int oldest = NONE;
    /** Slots from here on have never been used. */
    private int unused;
    /** The first slot whose translation was dropped; {@link #newer} links the others. */
    private int dropped = NONE;

    ModelTlb(int entries) {
        pages = new long[entries];
        permissions = new int[entries];
        newer = new int[entries];
        older = new int[entries];
        Arrays.fill(recent, NONE);
    }

    /** Whether there is a translation of the page that grants an access; marks it as used. */
    boolean hit(long page, int access) {
        int slot = find(page);
        if (slot == NONE || (access & ~Permissions.PRIV & ~permissions[slot]) != 0) {
            return false;
        }
        use(slot);
        return true;
    }

    private int find(long page) {
        int slot = recent[(int) page & (RECENT - 1)];
        if (slot != NONE && permissions[slot] != 0 && pages[slot] == page) {
            return slot;
        }
        Integer found = slots.get(page);
        if (found == null) {
            return NONE;
        }
        recent[(int) page & (RECENT - 1)] = found;
        return found;
    }

    /** Keeps what a translation grants. */
    void put(long page, long translation) {
        int slot = find(page);
        if (slot == NONE) {
            slot = free();
            pages[slot] = page;
            slots.put(page, slot);
            recent[(int) page & (RECENT - 1)] = slot;
            link(slot);
        } else {
            use(slot);
        }
        permissions[slot] = Translation.permissions(translation);
    }

    private int free() {
        if (dropped != NONE) {
            int slot = dropped;
            dropped = newer[slot];
            return slot;
        }
        if (unused < pages.length) {
            return unused++;
        }
        int slot = oldest;
        slots.remove(pages[slot]);
        permissions[slot] = 0;
        unlink(slot);
        return slot;
    }

    /** Drops the translations of the pages from {@code first} to {@code last}, unsigned page numbers. */
    void invalidate(long first, long last) {
        for (Iterator<Map.Entry<Long, Integer>> i = slots.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<Long, Integer> entry = i.next();
            if (Long.compareUnsigned(entry.getKey(), first) >= 0 && Long.compareUnsigned(entry.getKey(), last) <= 0) {
                int slot = entry.getValue();
                i.remove();
                unlink(slot);
                permissions[slot] = 0;
                newer[slot] = dropped;
                dropped = slot;
            }
        }
    }

    private void use(int slot) {
        if (slot != newest) {
            unlink(slot);
            link(slot);
        }
    }

    private void link(int slot) {
        older[slot] = newest;
        newer[slot] = NONE;
        if (newest != NONE) {
            newer[newest] = slot;
        }
        newest = slot;
        if (oldest == NONE) {
            oldest = slot;
        }
    }

    private void unlink(int slot) {
        if (newer[slot] == NONE) {
            newest = older[slot];
        } else {
            older[newer[slot]] = older[slot];
        }
        if (older[slot] == NONE) {
            oldest = newer[slot];
        } else {
            newer[older[slot]] = newer[slot];
        }
    }
}
