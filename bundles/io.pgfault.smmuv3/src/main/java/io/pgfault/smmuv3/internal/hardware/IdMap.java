// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A map from 32-bit ids to objects. Any thread calls {@link #get}, which is constant time, allocates nothing and takes
 * no lock. The methods that change the map take the map's monitor.
 *
 * <p><b>Algorithm:</b> open addressing with linear probing and copy-on-resize. A slot that an id has taken stays that
 * id's until the next rebuild; removing an id replaces the slot's value by nothing. The array is never more than half
 * full.
 *
 * <p><b>Invariant:</b> in each published array, every slot from an id's start to the id's own slot is taken, so a
 * reader that finds an empty slot knows that the id is not mapped. All accesses of slots are volatile: a thread that
 * changes the map and then reads another volatile field is ordered with a thread that writes that field and then reads
 * the map.
 *
 * @param <V> what ids are mapped to
 */
public final class IdMap<V> {
    private record Slot<V>(int id, V value) {}

    private static final int SMALLEST = 16;

    /** 2^32 divided by the golden ratio: Fibonacci hashing spreads ids that follow each other. */
    private static final int GOLDEN = 0x9e3779b9;

    /** An empty map. */
    public IdMap() {}

    /** Replaced and changed by threads that hold the monitor; read by any thread without a lock. */
    private volatile AtomicReferenceArray<Slot<V>> slots = new AtomicReferenceArray<>(SMALLEST);
    /** Taken slots of {@link #slots}. Read and written under the monitor. */
    private int taken;

    /** What the id is mapped to, {@code null} if to nothing. */
    public V get(int id) {
        AtomicReferenceArray<Slot<V>> array = slots;
        int mask = array.length() - 1;
        for (int i = start(id, mask); ; i = i + 1 & mask) {
            Slot<V> slot = array.get(i);
            if (slot == null) {
                return null;
            }
            if (slot.id == id) {
                return slot.value;
            }
        }
    }

    /**
     * Maps the id to {@code value} unless the id is mapped; returns what it was mapped to, {@code null} if to nothing.
     */
    synchronized V putIfAbsent(int id, V value) {
        V old = get(id);
        if (old == null) {
            store(id, value);
        }
        return old;
    }

    /** Maps the id to {@code value}; returns what the id was mapped to before, {@code null} if to nothing. */
    public synchronized V put(int id, V value) {
        V old = get(id);
        store(id, value);
        return old;
    }

    /** Unmaps the id; returns what the id was mapped to, {@code null} if to nothing. */
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

    /** Returns whether the entry took an empty slot. */
    private static <V> boolean insert(AtomicReferenceArray<Slot<V>> array, Slot<V> entry) {
        int mask = array.length() - 1;
        int i = start(entry.id, mask);
        while (array.get(i) != null && array.get(i).id != entry.id) {
            i = i + 1 & mask;
        }
        boolean free = array.get(i) == null;
        array.set(i, entry);
        return free;
    }

    private void rebuild() {
        AtomicReferenceArray<Slot<V>> old = slots;
        int live = 0;
        for (int i = 0; i < old.length(); i++) {
            live += old.get(i) != null && old.get(i).value != null ? 1 : 0;
        }
        AtomicReferenceArray<Slot<V>> larger =
                new AtomicReferenceArray<>(Math.max(SMALLEST, Integer.highestOneBit(live) * 8));
        for (int i = 0; i < old.length(); i++) {
            Slot<V> slot = old.get(i);
            if (slot != null && slot.value != null) {
                insert(larger, slot);
            }
        }
        taken = live;
        slots = larger;
    }

    /** The slot where a search for the id starts: the top bits of the product, on which every bit of the id acts. */
    private static int start(int id, int mask) {
        return (id * GOLDEN) >>> Integer.numberOfLeadingZeros(mask);
    }
}
