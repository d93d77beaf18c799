// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.PhysicalMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The part of system memory that holds a unit's stream table and tables of context descriptors, off heap. Software
 * allocates a region and tells the hardware its address through a register or a table; the hardware finds the same
 * bytes at that address. Any thread.
 *
 * <p>The memory is sparse: 64 KiB of it exist from the first word on that is written there, and what doesn't exist yet
 * reads as zeros. So a first-level stream table for StreamIDs of 32 bits costs nothing where no device is. Memory of
 * another owner exists as a whole.
 */
public final class TableMemory implements PhysicalMemory {
    private static final long OWN_BASE = 0x1_0000_0000L;
    private static final int PAGE_SHIFT = 12;
    private static final int BLOCK_SHIFT = 16;
    private static final int BLOCK = 1 << BLOCK_SHIFT;
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long base;
    /** Whether a region that is given out for the first time may hold anything: the bytes are another owner's. */
    private final boolean dirty;
    /** Writing threads add a block, once; any thread reads it. */
    private final AtomicReferenceArray<ByteBuffer> blocks;
    /** Regions that were given back, zeroed, by log2 of their length. Guarded by the monitor. */
    private final Map<Integer, Deque<Long>> free = new HashMap<>();
    /** Bytes from {@code base} that regions were given from, now or earlier. Written under the monitor. */
    private volatile long end;
    /** Bytes of the regions that are given out. Guarded by the monitor. */
    private long used;

    /** @param bytes how much there may be at most, a multiple of 64 KiB */
    public TableMemory(long bytes) {
        this.base = OWN_BASE;
        this.dirty = false;
        this.blocks = new AtomicReferenceArray<>((int) (bytes >>> BLOCK_SHIFT));
    }

    /**
     * Memory of another owner, which hardware outside this process finds too. Each region is zeroed before it is given
     * out for the first time, so the bytes may hold anything.
     *
     * @param base the address of the first byte, a multiple of 4096
     * @param bytes direct and aligned to 8 bytes, a multiple of 64 KiB long
     * @throws IllegalArgumentException if the base or the length is no such multiple
     */
    public TableMemory(long base, ByteBuffer bytes) {
        if ((base & (1L << PAGE_SHIFT) - 1) != 0 || (bytes.capacity() & BLOCK - 1) != 0) {
            throw new IllegalArgumentException(
                    ("memory for tables at 0x%x of 0x%x bytes: choose an address of whole 4096 bytes and a length of"
                                    + " whole 65536")
                            .formatted(base, bytes.capacity()));
        }
        this.base = base;
        this.dirty = true;
        this.blocks = new AtomicReferenceArray<>(bytes.capacity() >>> BLOCK_SHIFT);
        for (int i = 0; i < blocks.length(); i++) {
            blocks.set(i, bytes.slice(i * BLOCK, BLOCK));
        }
    }

    /**
     * The address of a region of zeros, aligned to its length.
     *
     * @param log2 log2 of the region's bytes, at least 12
     * @throws IllegalStateException if too few bytes are left
     */
    public synchronized long allocate(int log2) {
        long length = 1L << log2;
        Deque<Long> returned = free.get(log2);
        if (returned != null && !returned.isEmpty()) {
            used += length;
            return returned.pop();
        }
        long at = ((base + end + length - 1) & -length) - base;
        long limit = (long) blocks.length() << BLOCK_SHIFT;
        if (at + length > limit) {
            throw new IllegalStateException(
                    "%d bytes of memory for tables asked for, %d of %d are left; detach PASIDs, disconnect devices, or give the unit more"
                            .formatted(length, limit - end, limit));
        }
        end = at + length;
        used += length;
        if (dirty) {
            clear(base + at, length);
        }
        return base + at;
    }

    /**
     * Takes a region back. The hardware uses it no more.
     *
     * @param address an address that {@link #allocate} gave for that {@code log2}, once
     */
    public synchronized void release(long address, int log2) {
        clear(address, 1L << log2);
        used -= 1L << log2;
        free.computeIfAbsent(log2, length -> new ArrayDeque<>()).push(address);
    }

    /**
     * The bytes of a region, as hardware and software see them.
     *
     * @param length at most 64 KiB
     */
    public ByteBuffer at(long address, int length) {
        return existing(address).slice(offset(address), length);
    }

    private void clear(long address, long length) {
        for (long at = address; at < address + length; at += Long.BYTES) {
            if (load(at) != 0) {
                store(at, 0);
            }
        }
    }

    /**
     * Writes a 64-bit word in one access, ordered as a write of a volatile variable.
     *
     * @param address a multiple of 8, within a region
     */
    public void store(long address, long value) {
        WORD.setVolatile(existing(address), offset(address), value);
    }

    private ByteBuffer existing(long address) {
        int index = (int) ((address - base) >>> BLOCK_SHIFT);
        ByteBuffer block = blocks.get(index);
        if (block == null) {
            blocks.compareAndSet(
                    index, null, ByteBuffer.allocateDirect(BLOCK + Long.BYTES).alignedSlice(Long.BYTES));
            block = blocks.get(index);
        }
        return block;
    }

    @Override
    public boolean contains(long address) {
        return address >= base && address - base < end;
    }

    @Override
    public long load(long address) {
        ByteBuffer block = contains(address) ? blocks.get((int) ((address - base) >>> BLOCK_SHIFT)) : null;
        return block == null ? 0 : (long) WORD.getVolatile(block, offset(address));
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        return contains(address) && WORD.compareAndSet(existing(address), offset(address), expected, value);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        if (!contains(address)) {
            return false;
        }
        to.put(existing(address).slice(offset(address), to.remaining()));
        return true;
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        if (!contains(address)) {
            return false;
        }
        existing(address).slice(offset(address), from.remaining()).put(from);
        return true;
    }

    @Override
    public long frames() {
        return (long) blocks.length() << (BLOCK_SHIFT - PAGE_SHIFT);
    }

    @Override
    public synchronized long framesInUse() {
        return used >>> PAGE_SHIFT;
    }

    private int offset(long address) {
        return (int) (address - base) & (BLOCK - 1);
    }
}
