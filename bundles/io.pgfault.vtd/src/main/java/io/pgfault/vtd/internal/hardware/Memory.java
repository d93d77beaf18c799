// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.PhysicalMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * System memory that software and hardware share, off heap. Software allocates a region and tells the hardware its
 * address through a register or a descriptor; the hardware finds the same bytes at that address. Any thread.
 */
public final class Memory implements PhysicalMemory {
    private static final long BASE = 0x1_0000_0000L;
    private static final int PAGE = 4096;
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer bytes;
    private int used;

    /** Memory of {@code pages} pages of 4096 bytes. */
    public Memory(int pages) {
        this.bytes = ByteBuffer.allocateDirect((pages + 1) * PAGE).alignedSlice(PAGE);
    }

    /**
     * Gives the caller a region of zero bytes that begins at a page.
     *
     * @throws IllegalArgumentException if too few bytes are left
     */
    public synchronized Region allocate(int length) {
        int size = (length + PAGE - 1) & -PAGE;
        if (size > bytes.capacity() - used) {
            throw new IllegalArgumentException("%d bytes of memory asked for, %d of %d are left"
                    .formatted(length, bytes.capacity() - used, bytes.capacity()));
        }
        Region region = new Region(BASE + used, slice(used, length));
        used += size;
        return region;
    }

    /**
     * The {@code length} bytes at {@code address}, as the hardware reaches them.
     *
     * @throws IllegalArgumentException if there is no memory at that address
     */
    public ByteBuffer at(long address, int length) {
        long offset = address - BASE;
        if (offset < 0 || offset > bytes.capacity() - length) {
            throw new IllegalArgumentException("no memory at 0x%x for %d bytes".formatted(address, length));
        }
        return slice((int) offset, length);
    }

    @Override
    public boolean contains(long address) {
        long offset = address - BASE;
        return offset >= 0 && offset <= bytes.capacity() - Long.BYTES;
    }

    @Override
    public long load(long address) {
        return contains(address) ? (long) WORD.getVolatile(bytes, (int) (address - BASE)) : 0;
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        return contains(address) && WORD.compareAndSet(bytes, (int) (address - BASE), expected, value);
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
        return bytes.capacity() / PAGE;
    }

    @Override
    public synchronized long framesInUse() {
        return used / PAGE;
    }

    private ByteBuffer slice(int offset, int length) {
        return bytes.slice(offset, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * A piece of memory.
     *
     * @param address where the hardware finds it
     * @param bytes the same bytes, little-endian
     */
    public record Region(long address, ByteBuffer bytes) {}
}
