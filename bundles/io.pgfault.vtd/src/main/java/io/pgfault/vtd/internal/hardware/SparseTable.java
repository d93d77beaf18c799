// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/**
 * A table of two levels that is indexed by a number of known width, like the tables that hardware walks. A part of the
 * lower level exists from the first value in it on. A lookup takes two loads and allocates nothing. Any thread.
 */
public final class SparseTable<T> {
    private final int lowBits;
    private final AtomicReferenceArray<AtomicReferenceArray<T>> upper;

    /** A table for indices of {@code highBits + lowBits} bits. */
    private SparseTable(int highBits, int lowBits) {
        this.lowBits = lowBits;
        this.upper = new AtomicReferenceArray<>(1 << highBits);
    }

    /** A table indexed by requester id, 16 bits: bus over device and function. */
    public static <T> SparseTable<T> ofRequesterIds() {
        return new SparseTable<>(8, 8);
    }

    /** A table indexed by PASID, 20 bits. */
    public static <T> SparseTable<T> ofPasids() {
        return new SparseTable<>(10, 10);
    }

    /** The value at the index, or null. */
    public T get(int index) {
        AtomicReferenceArray<T> lower = upper.get(index >>> lowBits);
        return lower == null ? null : lower.get(low(index));
    }

    /** Puts {@code value} at the index (null to clear it) and returns the value before, or null. */
    public T set(int index, T value) {
        return lower(index).getAndSet(low(index), value);
    }

    /** Puts {@code value} at the index if the index is clear; returns whether it was. */
    public boolean claim(int index, T value) {
        return lower(index).compareAndSet(low(index), null, value);
    }

    /** Clears the entry if it holds {@code value}. */
    public void remove(int index, T value) {
        lower(index).compareAndSet(low(index), value, null);
    }

    /**
     * Passes each value to {@code action}. The iteration is weakly consistent: it passes every value that is present
     * for the whole call; a value that is added or removed meanwhile may or may not be passed.
     */
    public void forEach(Consumer<? super T> action) {
        for (int high = 0; high < upper.length(); high++) {
            AtomicReferenceArray<T> lower = upper.get(high);
            for (int low = 0; lower != null && low < lower.length(); low++) {
                T value = lower.get(low);
                if (value != null) {
                    action.accept(value);
                }
            }
        }
    }

    private AtomicReferenceArray<T> lower(int index) {
        int high = index >>> lowBits;
        AtomicReferenceArray<T> lower = upper.get(high);
        if (lower != null) {
            return lower;
        }
        upper.compareAndSet(high, null, new AtomicReferenceArray<>(1 << lowBits));
        return upper.get(high);
    }

    private int low(int index) {
        return index & ((1 << lowBits) - 1);
    }
}
