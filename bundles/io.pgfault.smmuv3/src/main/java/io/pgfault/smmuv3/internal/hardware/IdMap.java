// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A map from 32-bit ids to objects for tables that are read on the hot path and changed rarely. Reading is constant time,
 * allocates nothing and takes no lock; changes are made by one thread at a time.
 *
 * <p>Open addressing with linear probing. A slot, once taken by an id, keeps it until the next rebuild; removing only
 * empties the slot's value. Readers find slots in an array that is never more than half full, and a rebuild publishes a
 * new array.
 *
 * @param <V> what ids are mapped to
 */
public final class IdMap<V> {
    private record Slot<V>(int id, V value) {}

    /** 2^32 divided by the golden ratio: spreads ids that follow each other. */
    private static final int GOLDEN = 0x9e3779b9;

    private volatile AtomicReferenceArray<Slot<V>> slots = new AtomicReferenceArray<>(16);
    private int taken;

    /** What the id is mapped to, null if nothing. */
    public V get(int id) {
        AtomicReferenceArray<Slot<V>> array = slots;
        int mask = array.length() - 1;
        for (int i = start(id, mask); ; i = i + 1 & mask) {
            Slot<V> slot = array.getAcquire(i);
            if (slot == null) {
                return null;
            }
            if (slot.id == id) {
                return slot.value;
            }
        }
    }

    /** Maps the id to {@code value} unless it is mapped; returns what it was mapped to, null if nothing. */
    public synchronized V putIfAbsent(int id, V value) {
        V old = get(id);
        if (old == null) {
            store(id, value);
        }
        return old;
    }

    /** Maps the id to {@code value}; returns what it was mapped to, null if nothing. */
    public synchronized V put(int id, V value) {
        V old = get(id);
        store(id, value);
        return old;
    }

    /** Unmaps the id; returns what it was mapped to, null if nothing. */
    public synchronized V remove(int id) {
        V old = get(id);
        if (old != null) {
            store(id, null);
        }
        return old;
    }

    private void store(int id, V value) {
        if (insert(slots, new Slot<>(id, value))) {
            taken++;
            if (taken * 2 > slots.length()) {
                rebuild();
            }
        }
    }

    /** Returns whether a free slot was taken. */
    private static <V> boolean insert(AtomicReferenceArray<Slot<V>> array, Slot<V> entry) {
        int mask = array.length() - 1;
        int i = start(entry.id, mask);
        while (array.get(i) != null && array.get(i).id != entry.id) {
            i = i + 1 & mask;
        }
        boolean free = array.get(i) == null;
        array.setRelease(i, entry);
        return free;
    }

    private void rebuild() {
        AtomicReferenceArray<Slot<V>> old = slots;
        int live = 0;
        for (int i = 0; i < old.length(); i++) {
            live += old.get(i) != null && old.get(i).value != null ? 1 : 0;
        }
        int size = Math.max(16, Integer.highestOneBit(live) * 8);
        AtomicReferenceArray<Slot<V>> larger = new AtomicReferenceArray<>(size);
        for (int i = 0; i < old.length(); i++) {
            Slot<V> slot = old.get(i);
            if (slot != null && slot.value != null) {
                insert(larger, slot);
            }
        }
        taken = live;
        slots = larger;
    }

    /** The top bits of the product: every bit of the id counts. */
    private static int start(int id, int mask) {
        return (id * GOLDEN) >>> Integer.numberOfLeadingZeros(mask);
    }
}
