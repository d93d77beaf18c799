// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.api.PhysicalMemory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * A view of memory that notes what a walk reads, and gives other words at some addresses. What a walk writes stays in
 * the view. One thread.
 */
final class WatchedMemory implements PhysicalMemory {
    private final PhysicalMemory memory;
    private final LongPredicate steady;
    private final List<Long> loads = new ArrayList<>();
    private final Map<Long, Long> instead = new HashMap<>();
    private boolean unsteady;

    /** @param steady whether no device changes what a walk reads at an address, or the address has nothing at all */
    WatchedMemory(PhysicalMemory memory, LongPredicate steady) {
        this.memory = memory;
        this.steady = steady;
    }

    /** Addresses of the words that were read since {@link #forget}, in order. */
    List<Long> loads() {
        return loads;
    }

    /** Whether a walk has read where devices write, or a device's registers. */
    boolean isUnsteady() {
        return unsteady;
    }

    /** The word at an address, without a note. */
    long peek(long address) {
        return instead.containsKey(address) ? instead.get(address) : memory.load(address);
    }

    /** Begins anew: nothing was read. */
    void forget() {
        loads.clear();
    }

    /** From now on the word at {@code address} is another one. */
    void instead(long address, long word) {
        instead.put(address, word);
    }

    @Override
    public long load(long address) {
        unsteady |= !steady.test(address);
        loads.add(address);
        return peek(address);
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        boolean same = peek(address) == expected;
        if (same) {
            instead(address, value);
        }
        return same;
    }

    @Override
    public boolean contains(long address) {
        unsteady |= !steady.test(address);
        return memory.contains(address);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        return memory.read(address, to);
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        throw new UnsupportedOperationException("a walk writes single words");
    }

    @Override
    public long frames() {
        return memory.frames();
    }

    @Override
    public long framesInUse() {
        return memory.framesInUse();
    }
}
