// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import java.util.concurrent.ThreadLocalRandom;

/**
 * A hash map from {@code long} to objects that allocates only when it grows: open addressing with linear probing, and
 * removal that moves the followers back instead of leaving marks, so that lookups stay short for ever. Each map hashes
 * in its own way, so that a device can't choose keys that collide. Not thread-safe.
 */
public final class LongMap<V> {
    private static final int SMALLEST = 16;

    private final long seed = ThreadLocalRandom.current().nextLong();
    private long[] keys = new long[SMALLEST];
    private Object[] values = new Object[SMALLEST];
    private int size;

    /** How many entries there are. */
    public int size() {
        return size;
    }

    /** The value of {@code key}, {@code null} if there is none. */
    public V get(long key) {
        return valueAt(find(key));
    }

    /** Maps {@code key} to {@code value}; returns the value it replaces or {@code null}. */
    public V put(long key, V value) {
        int i = find(key);
        V old = valueAt(i);
        keys[i] = key;
        values[i] = value;
        if (old == null && ++size > values.length / 2) {
            grow();
        }
        return old;
    }

    /** Removes {@code key}; returns its value or {@code null}. */
    public V remove(long key) {
        int hole = find(key);
        V old = valueAt(hole);
        if (old == null) {
            return null;
        }
        size--;
        int mask = values.length - 1;
        for (int i = (hole + 1) & mask; values[i] != null; i = (i + 1) & mask) {
            int home = home(keys[i]);
            // The entry may fill the hole if its home isn't cyclically within (hole, i].
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                keys[hole] = keys[i];
                values[hole] = values[i];
                hole = i;
            }
        }
        values[hole] = null;
        return old;
    }

    /** Removes all entries. */
    public void clear() {
        keys = new long[SMALLEST];
        values = new Object[SMALLEST];
        size = 0;
    }

    /** Calls {@code visitor} for every entry; it must not change the map. */
    public void forEach(Visitor<? super V> visitor) {
        for (int i = 0; i < values.length; i++) {
            V value = valueAt(i);
            if (value != null) {
                visitor.visit(keys[i], value);
            }
        }
    }

    /** See {@link #forEach}. */
    public interface Visitor<V> {
        /** One entry. */
        void visit(long key, V value);
    }

    @SuppressWarnings("unchecked") // only put() stores, and it stores V
    private V valueAt(int i) {
        return (V) values[i];
    }

    private int find(long key) {
        int mask = values.length - 1;
        int i = home(key);
        while (values[i] != null && keys[i] != key) {
            i = (i + 1) & mask;
        }
        return i;
    }

    private int home(long key) {
        long hash = (key ^ seed) * 0x9e37_79b9_7f4a_7c15L;
        hash = (hash ^ (hash >>> 32)) * 0xd6e8_feb8_6659_fd93L;
        return (int) (hash >>> 32) & (values.length - 1);
    }

    private void grow() {
        long[] oldKeys = keys;
        Object[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new Object[oldKeys.length * 2];
        for (int from = 0; from < oldKeys.length; from++) {
            if (oldValues[from] != null) {
                int to = find(oldKeys[from]);
                keys[to] = oldKeys[from];
                values[to] = oldValues[from];
            }
        }
    }
}
