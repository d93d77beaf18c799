// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.api.PhysicalMemory;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** Memory of pages that a test has put there; there is no memory anywhere else. Any thread. */
public final class SparseMemory implements PhysicalMemory {
    private static final int WORDS = 512;

    private final Map<Long, AtomicLongArray> pages = new ConcurrentHashMap<>();

    /** Puts a page of zeros at an address, unless there is one. */
    public void page(long address) {
        pages.computeIfAbsent(address >>> 12, page -> new AtomicLongArray(WORDS));
    }

    /** Writes a word; the page is there afterwards. */
    public void store(long address, long word) {
        page(address);
        pages.get(address >>> 12).set(index(address), word);
    }

    private static int index(long address) {
        return (int) (address >>> 3) & (WORDS - 1);
    }

    @Override
    public long load(long address) {
        AtomicLongArray page = pages.get(address >>> 12);
        return page == null ? 0 : page.get(index(address));
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        AtomicLongArray page = pages.get(address >>> 12);
        return page != null && page.compareAndSet(index(address), expected, value);
    }

    @Override
    public boolean contains(long address) {
        return pages.containsKey(address >>> 12);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        throw new UnsupportedOperationException("a walk reads words");
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        throw new UnsupportedOperationException("a walk changes words by compareAndSet");
    }

    @Override
    public long frames() {
        return pages.size();
    }

    @Override
    public long framesInUse() {
        return pages.size();
    }
}
