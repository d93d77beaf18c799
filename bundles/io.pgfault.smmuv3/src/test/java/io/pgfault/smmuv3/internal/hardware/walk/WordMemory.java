// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.PhysicalMemory;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/** Memory of a test: pages that exist, words that are not 0. */
public class WordMemory implements PhysicalMemory {
    final Set<Long> pages = new ConcurrentSkipListSet<>();
    final Map<Long, Long> words = new ConcurrentHashMap<>();
    /** How many updates fail before one succeeds. */
    int refusals;
    /** Whether every update fails. */
    boolean readOnly;

    /** Adds {@code count} pages from {@code address} on. */
    public WordMemory pages(long address, int count) {
        for (int i = 0; i < count; i++) {
            pages.add((address >>> 12) + i);
        }
        return this;
    }

    /** Writes a word, on a page that may be missing until now. */
    public void put(long address, long word) {
        pages.add(address >>> 12);
        words.put(address, word);
    }

    WordMemory copy() {
        WordMemory copy = new WordMemory();
        copy.pages.addAll(pages);
        copy.words.putAll(words);
        return copy;
    }

    @Override
    public long load(long address) {
        return contains(address) ? words.getOrDefault(address, 0L) : 0;
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        if (readOnly || refusals-- > 0 || !contains(address) || load(address) != expected) {
            return false;
        }
        words.put(address, value);
        return true;
    }

    @Override
    public boolean contains(long address) {
        return pages.contains(address >>> 12);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        throw new UnsupportedOperationException("a walk reads words");
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        throw new UnsupportedOperationException("a walk writes words");
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
