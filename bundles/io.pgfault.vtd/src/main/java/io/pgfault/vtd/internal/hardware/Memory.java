// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

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
 * System memory that software and hardware share, off heap. Software allocates a region and tells the hardware its
 * address through a register, a descriptor or a table; the hardware finds the same bytes at that address. A block of 1
 * MiB exists from the first region in it on; there is no memory where no block is. Any thread.
 */
public final class Memory implements PhysicalMemory {
    private static final long OWN_BASE = 0x1_0000_0000L;
    private static final int PAGE = 4096;
    private static final int BLOCK_SHIFT = 20;
    private static final int BLOCK = 1 << BLOCK_SHIFT;
    private static final int PAGES_PER_BLOCK = BLOCK / PAGE;
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final int pages;
    private final long base;
    /** Allocating threads write a block under the monitor, once; any thread reads it. */
    private final AtomicReferenceArray<ByteBuffer> blocks;
    /** Regions that were given back, by length. Guarded by the monitor. */
    private final Map<Integer, Deque<Region>> free = new HashMap<>();
    /** Where the next region begins, from {@code base}. Guarded by the monitor. */
    private long next;
    /** Bytes of the regions that are given out. Guarded by the monitor. */
    private long used;

    /** Memory of at most {@code pages} pages of 4096 bytes. */
    public Memory(int pages) {
        this.pages = pages;
        this.base = OWN_BASE;
        this.blocks = new AtomicReferenceArray<>((pages + PAGES_PER_BLOCK - 1) / PAGES_PER_BLOCK);
    }

    /**
     * Memory of another owner, which hardware outside this process finds too.
     *
     * @param base the address of the first byte, a multiple of 4096
     * @param bytes direct, of zeros, a multiple of 1 MiB long
     */
    public Memory(long base, ByteBuffer bytes) {
        this.pages = bytes.capacity() / PAGE;
        this.base = base;
        this.blocks = new AtomicReferenceArray<>(bytes.capacity() / BLOCK);
        for (int i = 0; i < blocks.length(); i++) {
            blocks.set(i, bytes.slice(i * BLOCK, BLOCK));
        }
    }

    /**
     * Gives the caller a region of zero bytes that begins at a page.
     *
     * @param length at most 1 MiB
     * @throws IllegalArgumentException if too few bytes are left
     */
    public synchronized Region allocate(int length) {
        int size = size(length);
        Deque<Region> returned = free.get(size);
        if (returned != null && !returned.isEmpty()) {
            used += size;
            return returned.pop();
        }
        long at = next;
        if ((at & BLOCK - 1) + size > BLOCK) {
            at = (at | BLOCK - 1) + 1;
        }
        long limit = (long) pages * PAGE;
        if (size > BLOCK || at + size > limit) {
            throw new IllegalArgumentException("%d bytes of memory asked for, %d of %d are left"
                    .formatted(length, Math.max(0, limit - at), limit));
        }
        int index = (int) (at >>> BLOCK_SHIFT);
        if (blocks.get(index) == null) {
            int bytes = (int) Math.min(BLOCK, limit - ((long) index << BLOCK_SHIFT));
            blocks.set(index, ByteBuffer.allocateDirect(bytes + PAGE).alignedSlice(PAGE));
        }
        next = at + size;
        used += size;
        return new Region(base + at, at(base + at, length));
    }

    /**
     * Takes a region back. The hardware uses it no more.
     *
     * @param region a region that {@link #allocate} gave, once
     */
    public synchronized void release(Region region) {
        ByteBuffer bytes = region.bytes();
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, (byte) 0);
        }
        int size = size(bytes.capacity());
        used -= size;
        free.computeIfAbsent(size, length -> new ArrayDeque<>()).push(region);
    }

    private static int size(int length) {
        return (length + PAGE - 1) & -PAGE;
    }

    /**
     * The {@code length} bytes at {@code address}, as the hardware reaches them.
     *
     * @throws IllegalArgumentException if there is no memory at that address
     */
    public ByteBuffer at(long address, int length) {
        ByteBuffer block = block(address);
        int offset = offset(address);
        if (block == null || offset > block.capacity() - length) {
            throw new IllegalArgumentException("no memory at 0x%x for %d bytes".formatted(address, length));
        }
        return block.slice(offset, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public boolean contains(long address) {
        ByteBuffer block = block(address);
        return block != null && offset(address) <= block.capacity() - Long.BYTES;
    }

    @Override
    public long load(long address) {
        return contains(address) ? (long) WORD.getVolatile(block(address), offset(address)) : 0;
    }

    /**
     * Writes a 64-bit word in one access, ordered as a write of a volatile variable.
     *
     * @param address a multiple of 8, within a region
     */
    public void store(long address, long value) {
        WORD.setVolatile(block(address), offset(address), value);
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        return contains(address) && WORD.compareAndSet(block(address), offset(address), expected, value);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        if (!contains(address)) {
            return false;
        }
        to.put(at(address, to.remaining()));
        return true;
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        if (!contains(address)) {
            return false;
        }
        at(address, from.remaining()).put(from);
        return true;
    }

    @Override
    public long frames() {
        return pages;
    }

    @Override
    public synchronized long framesInUse() {
        return used / PAGE;
    }

    /** The block that holds an address, null if there is none. */
    private ByteBuffer block(long address) {
        long index = (address - base) >>> BLOCK_SHIFT;
        return index >= 0 && index < blocks.length() ? blocks.get((int) index) : null;
    }

    private int offset(long address) {
        return (int) (address - base) & (BLOCK - 1);
    }

    /**
     * A piece of memory.
     *
     * @param address where the hardware finds it
     * @param bytes the same bytes, little-endian
     */
    public record Region(long address, ByteBuffer bytes) {}
}
