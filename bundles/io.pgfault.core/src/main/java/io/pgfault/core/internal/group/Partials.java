// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.driver.Report;

/**
 * The partials of one device by group key, and its poisons (rules C03, C05, C07, C15). Constant time, guarded by the
 * device's lock.
 *
 * <p>Poison needs memory too, so its number has the same bound as the partials'. Once it can't be remembered, the
 * device is <em>saturated</em>: every group that has no partials here counts as poisoned, until partials are discarded.
 * A device that keeps more groups open than that never has pages granted by mistake.
 *
 * <p>A device mostly has one group open. The first open group lies in {@code single}, outside the map, so that such a
 * device needs no look into the map; each further group lies in the map.
 *
 * <p><b>Benchmark row:</b> inline, groups of 8 ({@code single}).
 */
public final class Partials {
    private final int bound;
    private final RequestBlocks blocks;
    /** The first open group, while {@code singleOpen} is set. */
    private final Partial single = new Partial();
    /** The key of the group in {@code single}. */
    private long singleKey;
    /** Whether a group is in {@code single}. */
    private boolean singleOpen;
    /** The open groups but the one in {@code single}. */
    private final LongMap<Partial> groups = new LongMap<>();

    private Partial free;
    private int requests;
    private int poisons;
    private boolean saturated;

    /** No partials yet. */
    public Partials(int bound, RequestBlocks blocks) {
        this.bound = bound;
        this.blocks = blocks;
    }

    /** The requests of one group so far, or the group's poison. */
    public static final class Partial {
        RequestBlock block;
        int count;
        boolean poisoned;
        private Partial next;

        /** The storage of the requests; {@code null} if there are none. */
        public RequestBlock block() {
            return block;
        }

        /** How many requests there are. */
        public int count() {
            return count;
        }
    }

    /** The key of a request's group (rule C05): bits 63:32 are PASID + 1, 0 without; bits 31:0 the group id. */
    public static long key(int flags, int pasid, int groupId) {
        int keyPasid = (flags & PageRequest.RESPONSE_NEEDS_PASID) != 0 ? pasid : Pasid.NONE;
        return ((keyPasid + 1L) << 32) | (groupId & 0xffff_ffffL);
    }

    /** How many requests are kept. */
    public int requests() {
        return requests;
    }

    /** Whether the group's poison is remembered only by {@code saturated}. */
    public boolean forgot(long key) {
        return saturated && find(key) == null;
    }

    /** Keeps a request; {@link Report#PARTIAL}, {@link Report#POISONED} or {@link Report#PARTIAL_LIMIT}. */
    public Report add(long key, int flags, int pasid, int permissions, long address, long private0, long private1) {
        Partial group = find(key);
        if (group != null && group.poisoned) {
            return Report.POISONED;
        }
        if (requests >= bound) {
            return Report.PARTIAL_LIMIT;
        }
        if (group == null) {
            if (saturated) {
                return Report.POISONED;
            }
            group = open(key);
            group.block = blocks.take(1);
        } else if (group.count == group.block.capacity()) {
            group.block = blocks.grow(group.block, group.count);
        }
        group.block.set(group.count++, flags, pasid, permissions, address, private0, private1);
        requests++;
        return Report.PARTIAL;
    }

    /** Poisons a group; returns how many requests of it were dropped. */
    public int poison(long key) {
        Partial group = find(key);
        if (group == null) {
            if (saturated || poisons >= bound) {
                saturated = true;
                return 0;
            }
            group = open(key);
        } else if (group.poisoned) {
            return 0;
        } else if (poisons >= bound) {
            saturated = true;
            return drop(key);
        }
        int dropped = empty(group);
        group.poisoned = true;
        poisons++;
        return dropped;
    }

    /** The requests of a group so far, which stay here; {@code null} if there are none. */
    public Partial peek(long key) {
        return none() ? null : find(key);
    }

    /** Whether the group is known to be poisoned, or can't be known not to be. */
    public boolean poisoned(long key) {
        if (none()) {
            return saturated;
        }
        Partial group = find(key);
        return group == null ? saturated : group.poisoned;
    }

    /**
     * Takes a group's requests out, to close it; {@code null} if there are none. The caller owns the block and gives
     * the rest back with {@link #recycle}.
     */
    public Partial close(long key) {
        if (none()) {
            return null;
        }
        Partial group = find(key);
        if (group == single) {
            singleOpen = false;
        } else if (group != null) {
            groups.remove(key);
        }
        if (group != null) {
            requests -= group.count;
            poisons -= group.poisoned ? 1 : 0;
        }
        return group;
    }

    /** Takes back what {@link #close} returned. The block is the caller's. */
    public void recycle(Partial group) {
        group.block = null;
        group.count = 0;
        group.poisoned = false;
        if (group == single) {
            return;
        }
        group.next = free;
        free = group;
    }

    /** Drops a group, poison included; returns how many requests it had. */
    public int drop(long key) {
        Partial group = close(key);
        if (group == null) {
            return 0;
        }
        int dropped = group.count;
        if (group.block != null) {
            blocks.giveBack(group.block);
        }
        recycle(group);
        return dropped;
    }

    /** Drops all requests but remembers poison (rule C12); returns how many there were. */
    public int dropRequests() {
        int dropped = requests;
        if (singleOpen && !single.poisoned) {
            drop(singleKey);
        }
        long[] keys = new long[groups.size()];
        int[] found = {0};
        groups.forEach((key, group) -> {
            if (!group.poisoned) {
                keys[found[0]++] = key;
            }
        });
        for (int i = 0; i < found[0]; i++) {
            drop(keys[i]);
        }
        return dropped;
    }

    /** Drops all requests and poisons (rule C14); returns how many requests there were. */
    public int discard() {
        int discarded = dropRequests();
        groups.forEach((key, group) -> recycle(group));
        groups.clear();
        singleOpen = false;
        recycle(single);
        poisons = 0;
        saturated = false;
        return discarded;
    }

    /** Whether no group has partials or poison. A device whose groups have one request is always so: no map is read. */
    private boolean none() {
        return requests == 0 && poisons == 0;
    }

    private Partial find(long key) {
        if (singleOpen && singleKey == key) {
            return single;
        }
        return groups.size() == 0 ? null : groups.get(key);
    }

    private Partial open(long key) {
        if (!singleOpen) {
            singleOpen = true;
            singleKey = key;
            return single;
        }
        Partial group = free;
        if (group == null) {
            group = new Partial();
        } else {
            free = group.next;
            group.next = null;
        }
        groups.put(key, group);
        return group;
    }

    private int empty(Partial group) {
        int dropped = group.count;
        if (group.block != null) {
            blocks.giveBack(group.block);
            group.block = null;
        }
        group.count = 0;
        requests -= dropped;
        return dropped;
    }
}
